# correct: no
# speed: not-measured
# caught by: every value is counted exactly
# Every worker makes a lock of its own.

from functools import partial
from multiprocessing import Lock, Manager, Pool


def start():
    global lock
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
        with Pool(processes, start) as pool:
            pool.map(partial(count, func, counts), items)
        return dict(counts)
