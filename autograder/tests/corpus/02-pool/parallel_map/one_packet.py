# correct: yes
# speed: fail
# slow: yes
# Right, but all items go to one worker in one packet.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        return pool.map(func, items, chunksize=max(1, len(items)))
