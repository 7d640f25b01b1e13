# correct: no
# speed: not-measured
# caught by: an exception of func reaches the caller
# Failed tasks are left out.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    with Pool(processes) as pool:
        waiting = [pool.apply_async(func, (item,)) for item in items]
        for result in waiting:
            result.wait()
        return [result.get() for result in waiting if result.successful()]
