# correct: no
# speed: not-measured
# caught by: every value is counted exactly
# A dict of the module: every worker fills its own copy.

from functools import partial
from multiprocessing import Lock, Pool

counts = {}


def start(shared):
    global lock
    lock = shared


def count(func, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(processes, start, (Lock(),)) as pool:
        pool.map(partial(count, func), items)
    return dict(counts)
