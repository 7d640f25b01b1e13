# correct: no
# speed: not-measured
# slow: yes
# caught by: None when nothing matches
# Waits for a hit, and waits for ever when there is none.

from multiprocessing import Process, SimpleQueue


def search(predicate, share, queue):
    for item in share:
        if predicate(item):
            queue.put(item)
            return


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    queue = SimpleQueue()
    workers = [
        Process(target=search, args=(predicate, items[first::processes], queue)) for first in range(processes)
    ]
    for worker in workers:
        worker.start()
    found = queue.get()
    for worker in workers:
        worker.terminate()
        worker.join()
    return found
