# correct: no
# speed: not-measured
# caught by: processes are found to be faster
# One item shows what one worker can do, not what four can.

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
    threads = seconds(ThreadPoolExecutor, func, items[:1], workers)
    processes = seconds(ProcessPoolExecutor, func, items[:1], workers)
    return "threads" if threads < processes else "processes"
