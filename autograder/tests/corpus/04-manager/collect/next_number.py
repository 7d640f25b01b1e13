# correct: yes
# speed: pass
# slow: yes
# A shared number, taken under a lock, says which item comes next.

import multiprocessing as mp


def run(func, items, following, lock, results, failures):
    while True:
        with lock:
            index = following.value
            following.value = index + 1
        if index >= len(items):
            return
        try:
            results[index] = func(items[index])
        except BaseException as error:
            failures[index] = error
            return


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"bad number of processes: {processes}")
    items = list(items)
    if not items:
        return {}
    with mp.Manager() as manager:
        following, lock = manager.Value("i", 0), manager.Lock()
        results, failures = manager.list([None] * len(items)), manager.dict()
        workers = []
        for _ in range(min(processes, len(items))):
            workers.append(mp.Process(target=run, args=(func, items, following, lock, results, failures)))
            workers[-1].start()
        for one in workers:
            one.join()
        for error in failures.values():
            raise error
        return dict(zip(items, results[:], strict=True))
