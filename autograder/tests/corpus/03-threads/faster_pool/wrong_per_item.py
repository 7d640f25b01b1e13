# correct: no
# speed: not-measured
# slow: yes
# caught by: few items are no problem
# Divides by the size of a sample that may be empty.

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
    sample = items[: len(items) // 4]
    threads = seconds(ThreadPoolExecutor, func, sample, workers) / len(sample)
    processes = seconds(ProcessPoolExecutor, func, sample, workers) / len(sample)
    return "threads" if threads < processes else "processes"
