# correct: yes
# speed: pass
# slow: yes
# A shared number of those in use, and a condition to wait on until there is a place.

from functools import partial
from multiprocessing import Condition, Pool, Value


def start(shared, number, most):
    global changed, inside, limit
    changed, inside, limit = shared, number, most


def both(prepare, use, item):
    prepared = prepare(item)
    with changed:
        changed.wait_for(lambda: inside.value < limit)
        inside.value += 1
    try:
        return use(prepared)
    finally:
        with changed:
            inside.value -= 1
            changed.notify()


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes, start, (Condition(), Value("i", 0, lock=False), limit)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
