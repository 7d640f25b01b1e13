# correct: no
# speed: not-measured
# caught by: an item that matches is returned
# A lambda has no name to be pickled by.

from multiprocessing import Pool


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        for item, matches in pool.imap_unordered(lambda item: (item, predicate(item)), items):
            if matches:
                return item
    return None
