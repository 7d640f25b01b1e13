# correct: yes
# speed: not-measured
# slow: yes
# Processes are measured first; the starts of both are left out.

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
    few = max(1, len(items) // 6)
    by_processes = seconds(ProcessPoolExecutor, func, items[-few:], workers)
    by_threads = seconds(ThreadPoolExecutor, func, items[-few:], workers)
    return ("threads", "processes")[by_processes < by_threads]
