# correct: yes
# speed: fail
# slow: yes
# A pool of one.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(1) as pool:
        return pool.map(func, items, chunksize=1)
