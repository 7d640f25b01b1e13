# correct: yes
# speed: pass
# By hand: strided shares, one queue for what was found, and the rest is terminated.

from multiprocessing import Process, SimpleQueue


def search(predicate, share, queue):
    for item in share:
        if predicate(item):
            queue.put((True, item))
            return
    queue.put((False, None))


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
    try:
        for _ in workers:
            found, item = queue.get()
            if found:
                return item
        return None
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
