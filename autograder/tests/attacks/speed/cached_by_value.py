# item: results cached by input value; results cached across repetitions
# tries: keeps each result it ever computed, for the next time it is asked
# contained by: new keys and items each time, and a new process tree that remembers nothing

CACHE = {}


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    results = []
    for item in items:
        if (repr(func), item) not in CACHE:
            CACHE[repr(func), item] = func(item)
        results.append(CACHE[repr(func), item])
    return results
