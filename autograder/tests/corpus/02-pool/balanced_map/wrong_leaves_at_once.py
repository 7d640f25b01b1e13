# correct: no
# speed: not-measured
# slow: yes
# caught by: every result is there
# Leaves the block, which stops the workers, before results are there.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        waiting = pool.map_async(func, items, chunksize=1)
    return waiting.get(5)
