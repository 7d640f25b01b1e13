# correct: yes
# speed: pass
# imap, with four items a packet.

from multiprocessing import Pool


def parallel_map(func, items, processes):
    with Pool(processes) as pool:
        return list(pool.imap(func, items, chunksize=4))
