# correct: no
# speed: not-measured
# slow: yes
# caught by: `prepare` is not limited
# The semaphore around both steps: correct results, and nobody prepares while another uses.

from functools import partial
from multiprocessing import Pool, Semaphore


def start(semaphore):
    global free
    free = semaphore


def both(prepare, use, item):
    with free:
        return use(prepare(item))


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Semaphore(limit),)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
