# correct: no
# speed: not-measured
# slow: yes
# caught by: an exception of func reaches the caller
# A worker dies of an exception, and its result is waited for.

from multiprocessing import Process, SimpleQueue


def work(func, share, queue):
    queue.put([(number, func(item)) for number, item in share])


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    numbered = list(enumerate(items))
    queue = SimpleQueue()
    workers = [
        Process(target=work, args=(func, numbered[first::processes], queue)) for first in range(processes)
    ]
    for worker in workers:
        worker.start()
    results = dict(pair for _ in workers for pair in queue.get())
    for worker in workers:
        worker.join()
    return [results[number] for number, _ in numbered]
