# correct: no
# speed: not-measured
# slow: yes
# caught by: the rest is stopped at once
# Waits for the answers in the order of the items.

from multiprocessing import Pool


def first_match(predicate, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        for item, matches in zip(items, pool.imap(predicate, items), strict=True):
            if matches:
                return item
    return None
