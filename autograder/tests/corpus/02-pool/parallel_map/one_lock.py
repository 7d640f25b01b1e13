# correct: yes
# speed: fail
# A lock around every call: the workers stand in line.

from multiprocessing import Lock, Pool


def start(shared):
    global lock
    lock = shared


def call(func, item):
    with lock:
        return func(item)


def parallel_map(func, items, processes):
    with Pool(processes, start, (Lock(),)) as pool:
        return pool.starmap(call, [(func, item) for item in items])
