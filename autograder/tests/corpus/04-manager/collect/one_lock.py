# correct: yes
# speed: fail
# slow: yes
# The lock that guards the dict is held while func computes: the workers stand in line.

from multiprocessing import Manager, Process


def work(func, share, results, failures, lock):
    try:
        for item in share:
            with lock:
                results[item] = func(item)
    except Exception as error:
        failures.append(error)


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager:
        results, failures = manager.dict(), manager.list()
        lock = manager.Lock()
        workers = [
            Process(target=work, args=(func, items[first::processes], results, failures, lock))
            for first in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
