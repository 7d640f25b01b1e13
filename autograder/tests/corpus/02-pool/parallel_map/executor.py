# correct: yes
# speed: pass
# The other pool of the standard library.

from concurrent.futures import ProcessPoolExecutor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(max_workers=processes) as executor:
        return list(executor.map(func, items))
