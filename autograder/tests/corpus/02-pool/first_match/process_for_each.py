# correct: yes
# speed: fail
# Right, but every item starts a pool of its own size, and the pool's end is waited for.

from multiprocessing import Pool


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    for start in range(0, len(items), processes):
        some = items[start : start + processes]
        with Pool(len(some)) as pool:
            waiting = [pool.apply_async(predicate, (item,)) for item in some]
            while waiting:
                for number, result in enumerate(waiting):
                    result.wait(0.01)
                    if result.ready():
                        if result.get():
                            return some[number]
                        del waiting[number], some[number]
                        break
    return None
