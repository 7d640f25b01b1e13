# correct: no
# speed: not-measured
# slow: yes
# caught by: results may be large
# Fills the queue of items before anybody is asked for results, which then fill theirs.

from multiprocessing import Process, SimpleQueue


def work(func, todo, done):
    for number, item in iter(todo.get, None):
        try:
            done.put((number, func(item), None))
        except Exception as error:
            done.put((number, None, error))


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    todo, done = SimpleQueue(), SimpleQueue()
    workers = [Process(target=work, args=(func, todo, done)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    number = 0
    for number, item in enumerate(items, 1):
        todo.put((number, item))
    for _ in workers:
        todo.put(None)
    for worker in workers:
        worker.join()
    results = sorted((done.get() for _ in range(number)), key=lambda answer: answer[0])
    for _, _, error in results:
        if error:
            raise error
    return [value for _, value, _ in results]
