# correct: no
# speed: not-measured
# slow: yes
# caught by: at most `workers` calls run at a time
# Twice the workers, for a clearer difference.

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
    threads = seconds(ThreadPoolExecutor, func, sample, 2 * workers)
    processes = seconds(ProcessPoolExecutor, func, sample, 2 * workers)
    return "threads" if threads < processes else "processes"
