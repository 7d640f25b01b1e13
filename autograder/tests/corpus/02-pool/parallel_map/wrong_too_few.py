# correct: no
# speed: not-measured
# caught by: no items give an empty list
# As many workers as items, and none for no items.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    items = list(items)
    if processes < 1:
        raise ValueError("processes must be at least 1")
    with Pool(min(processes, len(items))) as pool:
        return pool.map(func, items)
