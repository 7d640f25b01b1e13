# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# Answers at once and leaves the rest at work.

from functools import partial
from multiprocessing import Pool

kept = []


def look(predicate, item):
    return item, predicate(item)


def first_match(predicate, items, processes):
    pool = Pool(processes)
    kept.append(pool)
    for item, matches in pool.imap_unordered(partial(look, predicate), items):
        if matches:
            return item
    return None
