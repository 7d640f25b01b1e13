# correct: yes
# speed: fail
# slow: yes
# A loop.


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    return list(map(func, items))
