# correct: yes
# speed: pass
# A manager's semaphore can be sent along with every task.

from multiprocessing import Manager, Pool


def both(prepare, use, free, item):
    prepared = prepare(item)
    with free:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Manager() as manager:
        free = manager.Semaphore(limit)
        with Pool(processes) as pool:
            return pool.starmap(both, [(prepare, use, free, item) for item in items], chunksize=1)
