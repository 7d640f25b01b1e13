# correct: no
# speed: not-measured
# caught by: every value is counted exactly
# "A manager's dict is safe for processes": each call of it is, the two together are not.

from functools import partial
from multiprocessing import Manager, Pool


def count(func, counts, item):
    value = func(item)
    counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        counts = manager.dict()
        with Pool(processes) as pool:
            pool.map(partial(count, func, counts), items)
        return dict(counts)
