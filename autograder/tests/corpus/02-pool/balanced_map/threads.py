# correct: yes
# speed: fail
# slow: yes
# Balanced, but threads take turns at Python code.

from concurrent.futures import ThreadPoolExecutor


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ThreadPoolExecutor(processes) as executor:
        return list(executor.map(func, items))
