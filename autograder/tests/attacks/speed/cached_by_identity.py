# item: results cached by identity
# tries: knows a list of items again by its address, and gives what it gave before
# contained by: a new process tree each time; and every timed result is compared

CACHE = {}


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    if id(items) not in CACHE:
        CACHE[id(items)] = [func(item) for item in items]
    return CACHE[id(items)]
