# correct: yes
# speed: pass
# By hand: each process takes every n-th item; a Lock among its arguments guards a manager's dict.

from multiprocessing import Lock, Manager, Process


def work(func, items, counts, lock, failed):
    try:
        for item in items:
            value = func(item)
            with lock:
                counts[value] = counts.get(value, 0) + 1
    except Exception as error:
        failed.append(error)


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items, lock = list(items), Lock()
    with Manager() as manager:
        counts, failed = manager.dict(), manager.list()
        workers = [
            Process(target=work, args=(func, items[first::processes], counts, lock, failed))
            for first in range(min(processes, len(items)))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if len(failed):
            raise failed[0]
        return dict(counts)
