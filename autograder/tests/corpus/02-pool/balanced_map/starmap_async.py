# correct: yes
# speed: pass
# slow: yes
# Another name for the same pool.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        waiting = pool.starmap_async(func, [(item,) for item in items], chunksize=1)
        return waiting.get()
