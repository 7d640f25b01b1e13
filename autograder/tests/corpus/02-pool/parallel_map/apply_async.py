# correct: yes
# speed: pass
# One task an item; results fetched in the order of the items.

import multiprocessing


def parallel_map(func, items, processes):
    with multiprocessing.Pool(processes) as pool:
        waiting = [pool.apply_async(func, (item,)) for item in items]
        return [result.get() for result in waiting]
