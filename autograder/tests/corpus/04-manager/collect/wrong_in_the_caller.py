# correct: no
# speed: not-measured
# caught by: func runs in worker processes
# Calls func for the arguments of the Process, in the caller.

from multiprocessing import Manager, Process


def keep(results, item, value):
    results[item] = value


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        results = manager.dict()
        for item in items:
            worker = Process(target=keep, args=(results, item, func(item)))
            worker.start()
            worker.join()
        return dict(results)
