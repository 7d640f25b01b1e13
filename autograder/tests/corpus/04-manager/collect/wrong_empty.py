# correct: no
# speed: not-measured
# slow: yes
# caught by: no items give an empty dict
# The size of a share is 0 when there are no items.

from multiprocessing import Manager, Process


def work(func, share, results, failures):
    try:
        for item in share:
            results[item] = func(item)
    except Exception as error:
        failures.append(error)


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager:
        results, failures = manager.dict(), manager.list()
        size = -(-len(items) // processes)
        workers = [
            Process(target=work, args=(func, items[start : start + size], results, failures))
            for start in range(0, len(items), size)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
