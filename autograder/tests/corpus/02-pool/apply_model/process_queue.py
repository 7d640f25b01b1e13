# correct: yes
# speed: pass
# By hand: workers load the model, then take the next batch from a queue when they are free.

from multiprocessing import Process, Queue


def work(load_model, todo, done):
    model = load_model()
    for number, batch in iter(todo.get, None):
        done.put((number, model(batch)))


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    todo, done = Queue(), Queue()
    workers = [
        Process(target=work, args=(load_model, todo, done)) for _ in range(min(processes, len(batches)))
    ]
    for worker in workers:
        worker.start()
    for pair in enumerate(batches):
        todo.put(pair)
    for _ in workers:
        todo.put(None)
    predictions = dict(done.get() for _ in batches)
    for worker in workers:
        worker.join()
    todo.close()
    todo.join_thread()
    return [predictions[number] for number in range(len(batches))]
