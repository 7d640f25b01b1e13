# correct: no
# speed: not-measured
# caught by: every result is there
# A dict of results.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        return dict(zip(items, pool.map(func, items, 1), strict=True))
