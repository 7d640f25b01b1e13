# correct: no
# speed: not-measured
# caught by: every result is there
# The executor's map is lazy as well.

from concurrent.futures import ProcessPoolExecutor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes) as executor:
        return executor.map(func, items)
