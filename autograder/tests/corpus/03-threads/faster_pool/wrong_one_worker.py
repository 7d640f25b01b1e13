# correct: no
# speed: not-measured
# slow: yes
# caught by: processes are found to be faster
# Pools of one worker each.

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
    sample = items[: max(1, len(items) // 8)]
    threads = seconds(ThreadPoolExecutor, func, sample, 1)
    processes = seconds(ProcessPoolExecutor, func, sample, 1)
    return "threads" if threads < processes else "processes"
