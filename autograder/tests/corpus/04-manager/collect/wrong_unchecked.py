# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError
# No look at the number of workers.

from multiprocessing import Manager, Process


def work(func, share, results, failures):
    try:
        for item in share:
            results[item] = func(item)
    except Exception as error:
        failures.append(error)


def collect(func, items, processes):
    items = list(items)
    with Manager() as manager:
        results, failures = manager.dict(), manager.list()
        workers = [
            Process(target=work, args=(func, items[first :: max(1, processes)], results, failures))
            for first in range(max(1, processes))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
