# correct: yes
# speed: fail
# Pool.map's own packets put all dear items into one.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(func, items)
