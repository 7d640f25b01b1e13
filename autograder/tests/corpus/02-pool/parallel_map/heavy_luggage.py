# correct: yes
# speed: fail
# Every task carries a table of 8 MB that all tasks share, and is pickled with it.

from multiprocessing import Pool


def call(func, item, table):
    return func(item)


def parallel_map(func, items, processes):
    table = bytes(8_000_000)
    with Pool(processes) as pool:
        waiting = [pool.apply_async(call, (func, item, table)) for item in items]
        return [result.get() for result in waiting]
