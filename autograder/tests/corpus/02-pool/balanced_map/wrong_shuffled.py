# correct: no
# speed: not-measured
# slow: yes
# caught by: results are in the order of the items
# Shuffled to spread the dear items, and never put back.

from multiprocessing import Pool
from random import shuffle


def balanced_map(func, items, processes):
    items = list(items)
    shuffle(items)
    with Pool(processes) as pool:
        return pool.map(func, items)
