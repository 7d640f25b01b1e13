# correct: no
# speed: not-measured
# caught by: None when nothing matches
# next() without a default: nothing found is an exception.

from functools import partial
from multiprocessing import Pool


def look(predicate, item):
    return item, predicate(item)


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        found = pool.imap_unordered(partial(look, predicate), items)
        return next(item for item, matches in found if matches)
