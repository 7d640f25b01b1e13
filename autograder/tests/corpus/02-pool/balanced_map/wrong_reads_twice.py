# correct: no
# speed: not-measured
# slow: yes
# caught by: items may be a generator
# Counts the items first; of a generator nothing is left then.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    number = sum(1 for _ in items)
    with Pool(processes) as pool:
        return pool.map(func, items, chunksize=1) if number else []
