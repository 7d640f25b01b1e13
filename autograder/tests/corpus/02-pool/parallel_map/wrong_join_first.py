# correct: no
# speed: not-measured
# caught by: results may be large
# Waits for workers that wait until somebody reads their large results.

from multiprocessing import Process, Queue


def work(func, share, queue):
    try:
        queue.put(([(number, func(item)) for number, item in share], None))
    except Exception as error:
        queue.put(([], error))


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    numbered = list(enumerate(items))
    queue = Queue()
    workers = [
        Process(target=work, args=(func, numbered[first::processes], queue)) for first in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    results = {}
    for _ in workers:
        pairs, error = queue.get()
        if error:
            raise error
        results.update(pairs)
    return [results[number] for number, _ in numbered]
