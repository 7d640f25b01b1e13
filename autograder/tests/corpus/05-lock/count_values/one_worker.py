# correct: yes
# speed: fail
# slow: yes
# A pool, a manager, a lock, and one worker.

from functools import partial
from multiprocessing import Manager, Pool


def count(func, counts, lock, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        counts, lock = manager.dict(), manager.Lock()
        with Pool(1) as pool:
            pool.map(partial(count, func, counts, lock), items)
        return dict(counts)
