# correct: no
# speed: not-measured
# caught by: results are in the order of the items
# Results as they come.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return list(pool.imap_unordered(func, items))
