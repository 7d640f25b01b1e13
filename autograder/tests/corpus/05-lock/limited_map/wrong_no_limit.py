# correct: no
# speed: not-measured
# caught by: at most `limit` are in use at once
# The limit is checked, and then forgotten.

from functools import partial
from multiprocessing import Pool


def both(prepare, use, item):
    return use(prepare(item))


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
