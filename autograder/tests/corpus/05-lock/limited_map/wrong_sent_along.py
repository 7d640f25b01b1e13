# correct: no
# speed: not-measured
# caught by: every result is there
# A semaphore among the arguments of a task: it can only be inherited.

from multiprocessing import Pool, Semaphore


def both(prepare, use, free, item):
    prepared = prepare(item)
    with free:
        return use(prepared)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    free = Semaphore(limit)
    with Pool(processes) as pool:
        return pool.starmap(both, [(prepare, use, free, item) for item in items], chunksize=1)
