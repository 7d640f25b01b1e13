# correct: yes
# speed: fail
# slow: yes
# One stretch of neighbours a worker.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        return pool.map(func, items, chunksize=-(-len(items) // processes) or 1)
