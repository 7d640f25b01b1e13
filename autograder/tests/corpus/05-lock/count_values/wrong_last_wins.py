# correct: no
# speed: not-measured
# caught by: every value is counted exactly
# Counts at home, and then update() puts one worker's counts in the place of another's.

from collections import Counter
from multiprocessing import Manager, Pool


def count(func, items, counts, lock):
    mine = Counter(map(func, items))
    with lock:
        counts.update(mine)


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager:
        counts, lock = manager.dict(), manager.Lock()
        with Pool(processes) as pool:
            pool.starmap(count, [(func, items[first::processes], counts, lock) for first in range(processes)])
        return dict(counts)
