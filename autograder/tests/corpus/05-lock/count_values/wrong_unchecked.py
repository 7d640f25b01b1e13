# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# min and max make something of any number of workers.

from functools import partial
from multiprocessing import Manager, Pool


def count(func, counts, lock, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    with Manager() as manager:
        counts, lock = manager.dict(), manager.Lock()
        with Pool(max(1, processes)) as pool:
            pool.map(partial(count, func, counts, lock), items)
        return dict(counts)
