# correct: no
# speed: not-measured
# caught by: the model is never sent to another process
# The caller loads the model, and hands it out through a queue.

from multiprocessing import Process, SimpleQueue


def work(models, share, queue):
    model = models.get()
    queue.put([(number, model(batch)) for number, batch in share])


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    numbered = list(enumerate(batches))
    models, queue = SimpleQueue(), SimpleQueue()
    workers = [
        Process(target=work, args=(models, numbered[first::processes], queue)) for first in range(processes)
    ]
    for worker in workers:
        worker.start()
    model = load_model()
    for _ in workers:
        models.put(model)
    found = dict(pair for _ in workers for pair in queue.get())
    for worker in workers:
        worker.join()
    return [found[number] for number, _ in numbered]
