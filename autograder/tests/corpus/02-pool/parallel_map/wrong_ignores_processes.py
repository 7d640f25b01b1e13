# correct: no
# speed: not-measured
# caught by: at most `processes` calls run at a time
# As many workers as the machine has cores, whatever was asked for.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool() as pool:
        return pool.map(func, items, chunksize=1)
