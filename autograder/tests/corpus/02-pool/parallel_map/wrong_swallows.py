# correct: no
# speed: not-measured
# caught by: an exception of func reaches the caller
# An exception becomes a None.

from functools import partial
from multiprocessing import Pool


def attempt(func, item):
    try:
        return func(item)
    except Exception:
        return None


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(partial(attempt, func), items)
