# correct: yes
# speed: fail
# slow: yes
# Threads of one process: one dict, one lock, and one core at a time.

from multiprocessing.pool import ThreadPool
from threading import Lock


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    counts, lock = {}, Lock()

    def count(item):
        value = func(item)
        with lock:
            counts[value] = counts.get(value, 0) + 1

    with ThreadPool(processes) as pool:
        pool.map(count, items)
    return counts
