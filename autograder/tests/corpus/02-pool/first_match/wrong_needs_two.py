# correct: no
# speed: not-measured
# caught by: any number of workers will do
# Refuses one worker, though one is enough to search with.

from functools import partial
from multiprocessing import Pool


def examine(predicate, item):
    return item, predicate(item)


def first_match(predicate, items, processes):
    if processes < 2:
        raise ValueError(f"processes must be at least 2, got {processes}")
    with Pool(processes) as pool:
        for item, matches in pool.imap_unordered(partial(examine, predicate), items):
            if matches:
                return item
    return None
