# correct: yes
# speed: pass
# One item a packet.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return pool.map(func, items, chunksize=1)
