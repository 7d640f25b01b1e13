# correct: yes
# speed: pass
# By hand: processes that take the next item from a queue, and a semaphore among their arguments.

from multiprocessing import Process, Queue, Semaphore


def work(prepare, use, free, todo, done):
    for number, item in iter(todo.get, None):
        try:
            prepared = prepare(item)
            with free:
                result = use(prepared)
            done.put((number, result, None))
        except Exception as error:
            done.put((number, None, error))


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    items = list(items)
    free, todo, done = Semaphore(limit), Queue(), Queue()
    workers = [Process(target=work, args=(prepare, use, free, todo, done)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for pair in enumerate(items):
        todo.put(pair)
    for _ in workers:
        todo.put(None)
    results, failed = [None] * len(items), None
    for _ in items:
        number, results[number], error = done.get()
        failed = failed or error
    for worker in workers:
        worker.join()
    for queue in (todo, done):
        queue.close()
        queue.join_thread()
    if failed:
        raise failed
    return results
