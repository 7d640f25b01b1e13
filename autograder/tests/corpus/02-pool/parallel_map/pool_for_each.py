# correct: yes
# speed: fail
# slow: yes
# Right, but a new pool is started for every item, and waited for.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    results = []
    for item in items:
        with Pool(processes) as pool:
            results.append(pool.apply(func, (item,)))
    return results
