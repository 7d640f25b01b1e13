# correct: no
# speed: not-measured
# caught by: items may be a generator
# Takes only what has a length.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(func, items, chunksize=len(items) // (4 * processes) or 1)
