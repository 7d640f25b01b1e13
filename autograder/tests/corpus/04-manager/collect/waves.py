# correct: yes
# speed: not-measured
# slow: yes
# A Process for each item, in waves of as many as may work at a time.

from multiprocessing import Manager, Process


def one(func, item, results):
    try:
        results[item] = (True, func(item))
    except Exception as error:
        results[item] = (False, error)


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager:
        results = manager.dict()
        while items:
            wave = [Process(target=one, args=(func, item, results)) for item in items[:processes]]
            items = items[processes:]
            for process in wave:
                process.start()
            for process in wave:
                process.join()
        found = dict(results)
    for good, value in found.values():
        if not good:
            raise value
    return {item: value for item, (_, value) in found.items()}
