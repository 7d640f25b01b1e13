# correct: yes
# speed: fail
# slow: yes
# The caller asks the manager without a pause whether all is done, and takes a core for it.

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
        workers = [
            Process(target=work, args=(func, items[first::processes], results, failures))
            for first in range(processes)
        ]
        for worker in workers:
            worker.start()
        while len(results) < len(set(items)) and not failures:
            pass
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
