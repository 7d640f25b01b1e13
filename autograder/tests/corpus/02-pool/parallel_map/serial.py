# correct: yes
# speed: fail
# Right, and no faster than a loop: it is one.


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    return [func(item) for item in items]
