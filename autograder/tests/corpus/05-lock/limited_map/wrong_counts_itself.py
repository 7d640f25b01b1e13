# correct: no
# speed: not-measured
# caught by: at most `limit` are in use at once
# It counts who is in use, but looks and counts in two steps.

from functools import partial
from multiprocessing import Pool, Value
from time import sleep


def start(number, most):
    global inside, limit
    inside, limit = number, most


def both(prepare, use, item):
    prepared = prepare(item)
    while inside.value >= limit:
        sleep(0.001)
    sleep(0.01)  # the place that it has seen may be gone by now
    with inside.get_lock():
        inside.value += 1
    try:
        return use(prepared)
    finally:
        with inside.get_lock():
            inside.value -= 1


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Value("i", 0), limit)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
