# correct: no
# speed: not-measured
# caught by: the answer is one of the two words
# Gives the name of a class.

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
    kinds = ThreadPoolExecutor, ProcessPoolExecutor
    return min(kinds, key=lambda kind: seconds(kind, func, sample, workers)).__name__
