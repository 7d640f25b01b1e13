# correct: no
# speed: fail
# caught by: at most `processes` calls run at a time
# Threads, as many as there are items.

from concurrent.futures import ThreadPoolExecutor


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with ThreadPoolExecutor(len(items) or 1) as executor:
        return list(executor.map(func, items))
