# correct: no
# speed: not-measured
# caught by: every result is there
# Returns what would give the results, not the results.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.imap(func, items)
