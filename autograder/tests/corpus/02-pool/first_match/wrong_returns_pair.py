# correct: no
# speed: not-measured
# caught by: an item that matches is returned
# Returns the item and its answer.

from functools import partial
from multiprocessing import Pool


def look(predicate, item):
    return item, predicate(item)


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        for pair in pool.imap_unordered(partial(look, predicate), items):
            if pair[1]:
                return pair
    return None
