# correct: yes
# speed: fail
# Everything is computed once to see that it works, and once more for the results.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        pool.map(func, items)
        return pool.map(func, items)
