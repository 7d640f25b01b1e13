# correct: no
# speed: not-measured
# caught by: every result is there
# Computes everything and returns nothing.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        pool.map(func, items)
