# correct: no
# speed: not-measured
# slow: yes
# caught by: a quarter of the items is measured at most
# Measures all items, and then all could have been done.

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from time import perf_counter


def seconds(kind, func, sample, workers):
    begun = perf_counter()
    with kind(workers) as pool:
        list(pool.map(func, sample))
    return perf_counter() - begun


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    threads = seconds(ThreadPoolExecutor, func, items, workers)
    processes = seconds(ProcessPoolExecutor, func, items, workers)
    return "threads" if threads < processes else "processes"
