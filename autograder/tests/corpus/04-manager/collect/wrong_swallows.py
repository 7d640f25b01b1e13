# correct: no
# speed: not-measured
# caught by: an exception of func reaches the caller
# The worker prints its traceback and ends; nobody hears of it.

from multiprocessing import Manager, Process


def work(func, share, results, failures):
    try:
        for item in share:
            results[item] = func(item)
    finally:
        failures.append(None)


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager:
        results, failures = manager.dict(), manager.list()
        workers = [
            Process(target=work, args=(func, items[first::processes], results, failures))
            for first in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return dict(results)
