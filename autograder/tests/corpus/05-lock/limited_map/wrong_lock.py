# correct: no
# speed: not-measured
# slow: yes
# caught by: as many as `limit` are in use at once
# A lock in place of a semaphore: one at a time, whatever the limit.

from functools import partial
from multiprocessing import Lock, Pool


def start(shared):
    global lock
    lock = shared


def both(prepare, use, item):
    prepared = prepare(item)
    with lock:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Lock(),)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
