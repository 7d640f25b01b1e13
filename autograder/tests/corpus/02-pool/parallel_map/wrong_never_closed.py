# correct: no
# speed: not-measured
# caught by: nothing is left running
# Counts on the pool being collected as garbage; for no items it is not (Python 3.11).

from multiprocessing import Pool


def parallel_map(func, items, processes):
    pool = Pool(processes)
    return pool.map(func, items)
