# correct: no
# speed: not-measured
# caught by: every item has its value
# The division leaves a rest, which nobody does.

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
        size = max(1, len(items) // processes)
        workers = [
            Process(target=work, args=(func, items[number * size : (number + 1) * size], results, failures))
            for number in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
