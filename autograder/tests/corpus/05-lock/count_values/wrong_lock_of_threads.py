# correct: no
# speed: not-measured
# caught by: every value is counted exactly
# A lock of threads at the top of the module: each process has one.

from functools import partial
from multiprocessing import Manager, Pool
from threading import Lock

lock = Lock()


def count(func, counts, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        counts = manager.dict()
        with Pool(processes) as pool:
            pool.map(partial(count, func, counts), items)
        return dict(counts)
