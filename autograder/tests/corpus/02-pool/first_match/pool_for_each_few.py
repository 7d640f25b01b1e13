# correct: yes
# speed: fail
# Right, but every few items wait for a new pool of new interpreters.

from multiprocessing import get_context


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    for start in range(0, len(items), processes):
        some = items[start : start + processes]
        with get_context("spawn").Pool(len(some)) as pool:
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
