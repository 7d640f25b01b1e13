# correct: no
# speed: not-measured
# caught by: results are in the order of the items
# Balanced, but results come as they come.

from concurrent.futures import ProcessPoolExecutor, as_completed


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes) as executor:
        futures = [executor.submit(func, item) for item in items]
        return [future.result() for future in as_completed(futures)]
