# correct: yes
# speed: pass
# The other pool's map sends single items.

from concurrent.futures import ProcessPoolExecutor


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes) as executor:
        return list(executor.map(func, items))
