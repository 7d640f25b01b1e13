# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError
# A bad number is mended, not refused.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(max(1, processes)) as pool:
        return pool.map(func, items, chunksize=1)
