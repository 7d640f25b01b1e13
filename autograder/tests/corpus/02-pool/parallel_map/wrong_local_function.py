# correct: no
# speed: not-measured
# caught by: every result is there
# Nor can a function inside a function be found by its name.

from concurrent.futures import ProcessPoolExecutor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")

    def work(item):
        return func(item)

    with ProcessPoolExecutor(processes) as executor:
        return list(executor.map(work, items))
