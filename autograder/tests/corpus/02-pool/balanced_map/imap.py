# correct: yes
# speed: pass
# imap hands out single items unless told otherwise.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        return list(pool.imap(func, items))
