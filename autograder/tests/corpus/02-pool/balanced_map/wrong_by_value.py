# correct: no
# speed: not-measured
# caught by: every result is there
# Results kept by item: a tuple in place of a list.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        results = dict(zip(items, pool.map(func, items, 1), strict=True))
    return tuple(results[item] for item in items)
