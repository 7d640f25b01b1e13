# correct: no
# speed: not-measured
# caught by: nothing is left running
# A pool for all calls, which nobody closes.

from multiprocessing import Pool

pools = {}


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if processes not in pools:
        pools[processes] = Pool(processes)
    return pools[processes].map(func, items)
