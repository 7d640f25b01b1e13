# correct: no
# speed: not-measured
# caught by: an exception of func reaches the caller
# Nobody fetches the results, so nobody hears of what failed.

from multiprocessing import Manager, Pool


def count(func, counts, lock, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        counts, lock = manager.dict(), manager.Lock()
        with Pool(processes) as pool:
            for item in items:
                pool.apply_async(count, (func, counts, lock, item))
            pool.close()
            pool.join()
        return dict(counts)
