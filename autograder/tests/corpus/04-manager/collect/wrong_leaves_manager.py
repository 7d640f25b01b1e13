# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# The manager is kept for the next call, and never ended.

from multiprocessing import Manager, Pool

manager = None


def keep(func, results, item):
    results[item] = func(item)


def collect(func, items, processes):
    global manager
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if manager is None:
        manager = Manager()
    results = manager.dict()
    with Pool(processes) as pool:
        pool.starmap(keep, [(func, results, item) for item in items], chunksize=1)
    return dict(results)
