# correct: no
# speed: not-measured
# caught by: every result is there
# A lambda has no name to be pickled by.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(lambda item: func(item), items)
