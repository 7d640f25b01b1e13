# correct: yes
# speed: pass
# Results as they come, in order, in small packets.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return list(pool.imap(func, items, chunksize=4))
