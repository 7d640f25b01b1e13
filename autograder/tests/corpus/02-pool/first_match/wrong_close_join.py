# correct: no
# speed: not-measured
# slow: yes
# caught by: the rest is stopped at once
# Closes the pool and joins it, politely, when the answer is known.

from functools import partial
from multiprocessing import Pool


def look(predicate, item):
    return item, predicate(item)


def first_match(predicate, items, processes):
    pool = Pool(processes)
    found = None
    for item, matches in pool.imap_unordered(partial(look, predicate), items):
        if matches:
            found = item
            break
    pool.close()
    pool.join()
    return found
