# correct: yes
# speed: fail
# slow: yes
# Every item is prepared two times more than is needed.

from functools import partial
from multiprocessing import Pool, Semaphore


def start(semaphore):
    global free
    free = semaphore


def both(prepare, use, item):
    prepare(item)
    prepare(item)
    prepared = prepare(item)
    with free:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Semaphore(limit),)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
