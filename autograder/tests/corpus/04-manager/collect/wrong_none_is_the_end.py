# correct: no
# speed: not-measured
# caught by: an item may be None, 0 or ''
# None in the queue tells a worker that there is no more.

from multiprocessing import Manager, Process


def work(func, waiting, results, failures):
    try:
        while (item := waiting.get()) is not None:
            results[item] = func(item)
    except Exception as error:
        failures.append(error)


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        waiting, results, failures = manager.Queue(), manager.dict(), manager.list()
        for item in [*items, *[None] * processes]:
            waiting.put(item)
        workers = [Process(target=work, args=(func, waiting, results, failures)) for _ in range(processes)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
