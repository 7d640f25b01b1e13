# correct: no
# speed: not-measured
# caught by: every result is there
# Nobody asks for the results.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return [pool.apply_async(func, (item,)) for item in items]
