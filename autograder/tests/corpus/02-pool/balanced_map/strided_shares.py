# correct: yes
# speed: pass
# Dealt out like cards: neighbours go to different workers.

from multiprocessing import Pool


def work(func, share):
    return [func(item) for item in share]


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    results = [None] * len(items)
    with Pool(processes) as pool:
        parts = pool.starmap(work, [(func, items[first::processes]) for first in range(processes)], 1)
    for first, part in enumerate(parts):
        results[first::processes] = part
    return results
