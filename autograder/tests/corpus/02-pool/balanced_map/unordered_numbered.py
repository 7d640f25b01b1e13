# correct: yes
# speed: pass
# Results come as they are ready, each with its number.

from functools import partial
from multiprocessing import Pool


def call(func, pair):
    number, item = pair
    return number, func(item)


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        found = dict(pool.imap_unordered(partial(call, func), enumerate(items)))
    return [found[number] for number in range(len(found))]
