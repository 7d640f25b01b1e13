# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError
# Nobody looks at the limit: with 0 places all wait for ever.

from functools import partial
from multiprocessing import Pool, Semaphore


def start(semaphore):
    global free
    free = semaphore


def both(prepare, use, item):
    prepared = prepare(item)
    with free:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    with Pool(processes, start, (Semaphore(limit),)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
