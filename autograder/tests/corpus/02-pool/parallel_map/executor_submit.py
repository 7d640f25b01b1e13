# correct: yes
# speed: pass
# One future an item.

from concurrent.futures import ProcessPoolExecutor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes) as executor:
        futures = [executor.submit(func, item) for item in items]
        return [future.result() for future in futures]
