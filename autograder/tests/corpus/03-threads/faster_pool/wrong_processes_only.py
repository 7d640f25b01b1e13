# correct: no
# speed: not-measured
# caught by: both kinds of pool are measured
# One process is taken for what threads can do.

from concurrent.futures import ProcessPoolExecutor
from time import perf_counter


def seconds(call, sample):
    begun = perf_counter()
    for _ in call(sample):
        pass
    return perf_counter() - begun


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    sample = items[:8]
    with ProcessPoolExecutor(1) as alone, ProcessPoolExecutor(workers) as together:
        one = seconds(lambda some: alone.map(func, some), sample)
        many = seconds(lambda some: together.map(func, some), sample)
    return "processes" if 2 * many < one else "threads"
