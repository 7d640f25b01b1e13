# correct: no
# speed: not-measured
# slow: yes
# caught by: items may be a generator
# Asks a generator for its length.

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
    with Manager() as manager:
        processes = min(processes, len(items) or 1)
        results, failures = manager.dict(), manager.list()
        workers = [
            Process(
                target=work,
                args=(
                    func,
                    [item for number, item in enumerate(items) if number % processes == first],
                    results,
                    failures,
                ),
            )
            for first in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
