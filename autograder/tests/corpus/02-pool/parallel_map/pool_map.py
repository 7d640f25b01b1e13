# correct: yes
# speed: pass
# The plain way.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(func, items)
