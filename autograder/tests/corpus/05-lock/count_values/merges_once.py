# correct: yes
# speed: pass
# Counts at home, and adds that to the shared dict once, under the lock: few messages.

from collections import Counter
from multiprocessing import Manager, Pool


def count(func, items, counts, lock):
    mine = Counter(map(func, items))
    with lock:
        for value, times in mine.items():
            counts[value] = counts.get(value, 0) + times


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager:
        counts, lock = manager.dict(), manager.Lock()
        with Pool(processes) as pool:
            shares = [(func, items[first::processes], counts, lock) for first in range(processes)]
            pool.starmap(count, shares)
        return counts.copy()
