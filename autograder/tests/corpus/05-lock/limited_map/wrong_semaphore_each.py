# correct: no
# speed: not-measured
# caught by: at most `limit` are in use at once
# Every worker makes a semaphore of its own.

from functools import partial
from multiprocessing import Pool, Semaphore


def start(limit):
    global free
    free = Semaphore(limit)


def both(prepare, use, item):
    prepared = prepare(item)
    with free:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (limit,)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
