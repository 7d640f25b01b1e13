# correct: yes
# speed: not-measured
# slow: yes
# The start of the pool is inside the time, but the sample is large enough to outweigh it.

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
    sample = items[: max(1, len(items) // 4)]
    threads = seconds(ThreadPoolExecutor, func, sample, workers)
    processes = seconds(ProcessPoolExecutor, func, sample, workers)
    return "threads" if threads < processes else "processes"
