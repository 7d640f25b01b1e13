# correct: no
# speed: not-measured
# slow: yes
# caught by: processes are found to be faster
# Takes the kind that needs more time.

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from time import perf_counter


def seconds(kind, func, sample, workers):
    with kind(workers) as pool:
        list(pool.map(func, sample))
        begun = perf_counter()
        list(pool.map(func, sample))
        return perf_counter() - begun


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    sample = items[: max(1, len(items) // 4)]
    threads = seconds(ThreadPoolExecutor, func, sample, workers)
    processes = seconds(ProcessPoolExecutor, func, sample, workers)
    return "threads" if threads > processes else "processes"
