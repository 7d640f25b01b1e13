# correct: yes
# speed: pass
# By hand: all items wait in one queue, and workers take the next when they are free.

from multiprocessing import Process, Queue


def work(func, todo, done):
    for number, item in iter(todo.get, None):
        try:
            done.put((number, func(item), None))
        except Exception as error:
            done.put((number, None, error))


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    todo, done = Queue(), Queue()
    workers = [Process(target=work, args=(func, todo, done)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for pair in enumerate(items):
        todo.put(pair)
    for _ in workers:
        todo.put(None)
    results, failure = [None] * len(items), None
    for _ in items:
        number, value, error = done.get()
        results[number] = value
        failure = failure or error
    for worker in workers:
        worker.join()
    todo.close()
    todo.join_thread()
    if failure:
        raise failure
    return results
