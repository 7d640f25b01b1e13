# correct: yes
# speed: pass
# A Lock that each worker is handed when it starts, and futures that are all looked at.

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Lock, Manager


def start(*shared):
    global counts, lock
    counts, lock = shared


def count(func, item):
    value = func(item)
    with lock:
        counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager:
        shared = manager.dict()
        with ProcessPoolExecutor(processes, initializer=start, initargs=(shared, Lock())) as executor:
            for future in [executor.submit(count, func, item) for item in items]:
                future.result()
        return dict(shared)
