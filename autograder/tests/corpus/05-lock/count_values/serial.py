# correct: yes
# speed: fail
# slow: yes
# One loop, one dict.


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    counts = {}
    for item in items:
        value = func(item)
        counts[value] = counts.get(value, 0) + 1
    return counts
