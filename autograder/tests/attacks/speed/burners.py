# item: CPU burners left behind to slow the reference
# tries: works alone, and leaves burners behind that keep every core from the ideal split
# contained by: each run's tree is dead before the next one starts; what it burns itself counts as wasted work

import os


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    results = [func(item) for item in items]
    for _ in range(4):
        if os.fork() == 0:
            os.setsid()
            while True:
                pass
    return results
