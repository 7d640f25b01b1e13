# correct: no
# speed: not-measured
# caught by: an item may be 0
# Takes the item for the answer, and 0 for no.

from functools import partial
from multiprocessing import Pool


def look(predicate, item):
    return item if predicate(item) else None


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        for found in pool.imap_unordered(partial(look, predicate), items):
            if found:
                return found
    return None
