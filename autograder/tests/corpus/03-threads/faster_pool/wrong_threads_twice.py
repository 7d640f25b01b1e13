# correct: no
# speed: not-measured
# caught by: both kinds of pool are measured
# A slip of the hand: both times are of threads.

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter


def seconds(func, sample, workers):
    with ThreadPoolExecutor(workers) as pool:
        begun = perf_counter()
        list(pool.map(func, sample))
        return perf_counter() - begun


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    sample = items[: max(1, len(items) // 4)]
    threads = seconds(func, sample, workers)
    processes = seconds(func, sample, workers)
    return "threads" if threads < processes else "processes"
