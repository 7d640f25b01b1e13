# correct: yes
# speed: pass
# One packet a worker, by the other pool.

from concurrent.futures import ProcessPoolExecutor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with ProcessPoolExecutor(processes) as executor:
        return list(executor.map(func, items, chunksize=max(1, -(-len(items) // processes))))
