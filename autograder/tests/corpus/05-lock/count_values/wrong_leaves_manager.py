# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# The manager is never shut down, and a list of the module keeps it.

from functools import partial
from multiprocessing import Manager, Pool

managers = []


def count(func, counts, lock, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    manager = Manager()
    managers.append(manager)
    counts, lock = manager.dict(), manager.Lock()
    with Pool(processes) as pool:
        pool.map(partial(count, func, counts, lock), items)
    return dict(counts)
