# correct: no
# speed: not-measured
# caught by: every result is there
# A semaphore of threads: it cannot be sent to a process.

from functools import partial
from multiprocessing import Pool
from threading import Semaphore


def both(prepare, use, free, item):
    prepared = prepare(item)
    with free:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes) as pool:
        return pool.map(partial(both, prepare, use, Semaphore(limit)), items, chunksize=1)
