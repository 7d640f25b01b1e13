# correct: yes
# speed: not-measured
# The pools of multiprocessing; the better of two tries.

from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from time import perf_counter


def seconds(kind, func, sample, workers):
    with kind(workers) as pool:
        tries = []
        for _ in range(2):
            begun = perf_counter()
            pool.map(func, sample, chunksize=1)
            tries.append(perf_counter() - begun)
        pool.close()
        pool.join()
    return min(tries)


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    sample = items[: min(len(items), 2 * workers, max(1, len(items) // 4))]
    times = {
        "threads": seconds(ThreadPool, func, sample, workers),
        "processes": seconds(Pool, func, sample, workers),
    }
    return min(times, key=times.get)
