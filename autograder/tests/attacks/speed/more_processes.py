# item: more processes than allowed
# tries: starts four times as many workers as it may, holding a lock so that one works at a time
# contained by: cores count up to the processes that are allowed; waiting for a lock asks for none

from multiprocessing import Lock, Pool


def start(lock, func):
    work.lock, work.func = lock, func


def work(item):
    with work.lock:
        return work.func(item)


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    with Pool(4 * processes, start, (Lock(), func)) as pool:
        return pool.map(work, items, 1)
