# correct: yes
# speed: fail
# slow: yes
# The first worker gets seven items of eight.

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
        cut = len(items) * 7 // 8
        parts = [items[:cut], items[cut:]] if processes > 1 else [items]
        workers = [Process(target=work, args=(func, part, results, failures)) for part in parts]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for error in failures:
            raise error
        return dict(results)
