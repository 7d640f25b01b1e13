# correct: no
# speed: not-measured
# slow: yes
# caught by: `prepare` is not limited
# Threads wait beside one another, but they compute in one process.

from multiprocessing.pool import ThreadPool
from threading import Semaphore


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    free = Semaphore(limit)

    def both(item):
        prepared = prepare(item)
        with free:
            return use(prepared)

    with ThreadPool(processes) as pool:
        return pool.map(both, items, chunksize=1)
