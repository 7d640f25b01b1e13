# correct: yes
# speed: pass
# By hand: workers take the next item from a queue when they are free.

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
    numbered = list(enumerate(items))
    todo, done = SimpleQueue(), SimpleQueue()
    workers = [Process(target=work, args=(func, todo, done)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    results, failure = {}, None
    handed_out = 0
    for pair in numbered[: 2 * processes]:
        todo.put(pair)
        handed_out += 1
    while len(results) < len(numbered):
        number, value, error = done.get()
        results[number] = value
        failure = failure or error
        if handed_out < len(numbered):
            todo.put(numbered[handed_out])
            handed_out += 1
    for _ in workers:
        todo.put(None)
    for worker in workers:
        worker.join()
    if failure:
        raise failure
    return [results[number] for number, _ in numbered]
