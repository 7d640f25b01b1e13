# correct: yes
# speed: pass
# slow: yes
# The dict lives in the caller, who takes the values as they come.

from multiprocessing import Pool


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    counts = {}
    with Pool(processes) as pool:
        for value in pool.imap_unordered(func, items):
            counts.setdefault(value, 0)
            counts[value] += 1
    return counts
