# correct: no
# speed: not-measured
# caught by: results are gathered through a manager
# A pool, and no manager.

from multiprocessing import Pool


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Pool(processes) as pool:
        return dict(zip(items, pool.map(func, items), strict=True))
