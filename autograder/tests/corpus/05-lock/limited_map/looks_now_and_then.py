# correct: yes
# speed: fail
# slow: yes
# Whoever finds no place sleeps a while before asking again.

from functools import partial
from multiprocessing import Pool, Semaphore
from time import sleep


def start(semaphore):
    global free
    free = semaphore


def both(prepare, use, item):
    prepared = prepare(item)
    while not free.acquire(block=False):
        sleep(0.1)
    try:
        return use(prepared)
    finally:
        free.release()


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Semaphore(limit),)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
