# correct: yes
# speed: pass
# slow: yes
# A pool's workers write into the manager's dict; the pool brings exceptions.

from functools import partial
from multiprocessing import Manager, Pool


def keep(func, results, item):
    results[item] = func(item)


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager, Pool(processes) as pool:
        results = manager.dict()
        pool.map(partial(keep, func, results), items, chunksize=1)
        return results.copy()
