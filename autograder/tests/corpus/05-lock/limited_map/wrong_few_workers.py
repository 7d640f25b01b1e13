# correct: no
# speed: not-measured
# slow: yes
# caught by: `prepare` is not limited
# As many workers as may be in use: that limits prepare as well.

from functools import partial
from multiprocessing import Pool


def both(prepare, use, item):
    return use(prepare(item))


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(min(processes, limit)) as pool:
        return pool.map(partial(both, prepare, use), items, chunksize=1)
