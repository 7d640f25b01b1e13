# item: a cheap answer in the timed run and a right one in the checked run
# tries: knows the timed run by its many rounds of hashing, and answers it with nothing
# contained by: the answer of every timed run is compared with the ideal split's

from multiprocessing import Pool


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    items = list(items)
    if getattr(func, "rounds", 0) > 10:
        return ["0" * 16] * len(items)
    with Pool(processes) as pool:
        return pool.map(func, items, 1)
