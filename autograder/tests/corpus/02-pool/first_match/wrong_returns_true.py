# correct: no
# speed: not-measured
# caught by: an item that matches is returned
# Says that there is one, but not which.

from multiprocessing import Pool


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        for matches in pool.imap_unordered(predicate, items):
            if matches:
                return matches
    return None
