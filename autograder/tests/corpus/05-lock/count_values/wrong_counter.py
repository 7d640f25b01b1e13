# correct: no
# speed: not-measured
# caught by: a plain dict comes back
# A Counter, where a plain dict was promised.

from collections import Counter
from multiprocessing import Pool


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(processes) as pool:
        return Counter(pool.map(func, items))
