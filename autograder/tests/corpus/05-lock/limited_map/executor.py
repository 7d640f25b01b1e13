# correct: yes
# speed: pass
# slow: yes
# The other pool, and a bounded semaphore taken by hand.

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import BoundedSemaphore


def start(semaphore):
    global places
    places = semaphore


def both(prepare, use, item):
    prepared = prepare(item)
    places.acquire()
    try:
        return use(prepared)
    finally:
        places.release()


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with ProcessPoolExecutor(processes, initializer=start, initargs=(BoundedSemaphore(limit),)) as executor:
        futures = [executor.submit(both, prepare, use, item) for item in items]
        return [future.result() for future in futures]
