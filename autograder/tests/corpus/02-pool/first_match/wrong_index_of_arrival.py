# correct: no
# speed: not-measured
# caught by: an item that matches is returned
# Counts results as they arrive, and takes the count for the item's place.

from multiprocessing import Pool


def first_match(predicate, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        for place, matches in enumerate(pool.imap_unordered(predicate, items)):
            if matches:
                return place
    return None
