# correct: yes
# speed: pass
# slow: yes
# Every value is appended to a manager's list, which is one step by itself; counted at the end.

from collections import Counter
from functools import partial
from multiprocessing import Manager, Pool


def note(func, values, item):
    values.append(func(item))


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        values = manager.list()
        with Pool(processes) as pool:
            pool.map(partial(note, func, values), items)
        return dict(Counter(values))
