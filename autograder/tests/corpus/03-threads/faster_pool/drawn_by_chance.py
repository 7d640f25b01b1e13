# correct: yes
# speed: not-measured
# slow: yes
# A sample drawn by chance, and a future for each of its items.

import random
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def run(pool, func, sample):
    begun = time.perf_counter()
    for future in [pool.submit(func, item) for item in sample]:
        future.result()
    return time.perf_counter() - begun


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if len(items) < 2:
        return "threads"
    sample = random.sample(items, max(1, len(items) // 5))
    with ThreadPoolExecutor(workers) as pool:
        run(pool, func, sample[:1])
        threads = run(pool, func, sample)
    with ProcessPoolExecutor(workers) as pool:
        run(pool, func, sample)
        processes = run(pool, func, sample)
    return "processes" if processes < threads else "threads"
