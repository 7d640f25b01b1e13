# correct: yes
# speed: fail
# Every item is computed once to see that it works, and once more for its result.

from functools import partial
from multiprocessing import Pool


def twice(func, item):
    func(item)
    return func(item)


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        return list(pool.imap(partial(twice, func), items))
