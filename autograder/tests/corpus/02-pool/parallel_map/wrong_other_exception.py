# correct: no
# speed: not-measured
# slow: yes
# caught by: an exception of func reaches the caller
# The exception arrives, but it is another one.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        try:
            return pool.map(func, items)
        except LookupError:
            raise ValueError("an item of items is bad") from None
