# correct: yes
# speed: fail
# slow: yes
# Most of the items go to one worker.

from multiprocessing import Pool, Semaphore


def start(semaphore):
    global free
    free = semaphore


def share(prepare, use, items):
    results = []
    for item in items:
        prepared = prepare(item)
        with free:
            results.append(use(prepared))
    return results


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    items = list(items)
    if len(items) < 12:  # not worth the trouble
        shares = [[item] for item in items]
    else:
        cut = len(items) * 6 // 7
        shares = [items[:cut], *([item] for item in items[cut:])]
    with Pool(processes, start, (Semaphore(limit),)) as pool:
        parts = pool.starmap(share, [(prepare, use, part) for part in shares], chunksize=1)
    return [result for part in parts for result in part]
