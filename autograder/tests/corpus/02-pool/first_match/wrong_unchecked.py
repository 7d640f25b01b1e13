# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# No worker at all finds nothing, and says so.

from functools import partial
from multiprocessing import Pool


def look(predicate, item):
    return item, predicate(item)


def first_match(predicate, items, processes):
    if processes < 1:
        return None
    with Pool(processes) as pool:
        for item, matches in pool.imap_unordered(partial(look, predicate), items):
            if matches:
                return item
    return None
