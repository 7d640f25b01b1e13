# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# Keeps its pools for the next call.

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from time import perf_counter

pools = {}


def seconds(kind, func, sample, workers):
    if (kind, workers) not in pools:
        pools[kind, workers] = kind(workers)
    tries = []
    for _ in range(2):
        begun = perf_counter()
        list(pools[kind, workers].map(func, sample))
        tries.append(perf_counter() - begun)
    return min(tries)


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    sample = items[: max(1, len(items) // 4)]
    threads = seconds(ThreadPoolExecutor, func, sample, workers)
    processes = seconds(ProcessPoolExecutor, func, sample, workers)
    return "threads" if threads < processes else "processes"
