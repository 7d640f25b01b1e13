# item: work done in a warm-up
# tries: takes the first call for a warm-up, computes for it alone, and hopes that the timed one is the second
# contained by: each process tree is called once

CALLS = []


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    items = list(items)
    CALLS.append([func(item) for item in items])
    return CALLS[0]
