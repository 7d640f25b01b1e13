# correct: no
# speed: not-measured
# slow: yes
# caught by: an exception reaches the caller
# A use that fails keeps its place for ever, and the others wait for it.

from functools import partial
from multiprocessing import Pool, Semaphore


def start(semaphore):
    global free
    free = semaphore


def both(prepare, use, item):
    prepared = prepare(item)
    free.acquire()
    result = use(prepared)
    free.release()
    return result


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Semaphore(limit),)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
