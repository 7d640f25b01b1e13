# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# The executor is kept for later.

from concurrent.futures import ProcessPoolExecutor

kept = []


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    kept.append(ProcessPoolExecutor(processes))
    return list(kept[-1].map(func, items))
