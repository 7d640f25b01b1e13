# correct: no
# speed: not-measured
# slow: yes
# caught by: an item may come twice
# Waits until there are as many results as items.

from multiprocessing import Manager, Process
from time import sleep


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
        workers = [
            Process(target=work, args=(func, items[first::processes], results, failures))
            for first in range(processes)
        ]
        for worker in workers:
            worker.start()
        while len(results) < len(items) and not failures:
            sleep(0.01)
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
