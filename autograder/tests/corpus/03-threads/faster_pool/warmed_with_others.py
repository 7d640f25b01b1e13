# correct: yes
# speed: not-measured
# slow: yes
# The workers are woken with a task of their own, in front of the measurement.

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from time import perf_counter, sleep

KINDS = {"threads": ThreadPoolExecutor, "processes": ProcessPoolExecutor}


def seconds(pool, func, sample):
    begun = perf_counter()
    for _ in pool.map(func, sample):
        pass
    return perf_counter() - begun


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if not items:
        return "threads"
    sample = items[:: 4 if len(items) >= 4 else 1]
    times = {}
    for word, kind in KINDS.items():
        with kind(workers) as pool:
            seconds(pool, sleep, [0.05] * workers)
            times[word] = seconds(pool, func, sample)
    return min(times, key=times.get)
