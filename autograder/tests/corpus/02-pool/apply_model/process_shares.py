# correct: yes
# speed: pass
# By hand: every worker loads the model and predicts each n-th batch.

from multiprocessing import Pipe, Process


def work(load_model, batches, connection):
    model = load_model()
    connection.send([model(batch) for batch in batches])
    connection.close()


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    batches = list(batches)
    predictions = [None] * len(batches)
    started = []
    for first in range(min(processes, len(batches))):
        mine, theirs = Pipe(duplex=False)
        worker = Process(target=work, args=(load_model, batches[first::processes], theirs))
        worker.start()
        theirs.close()
        started.append((worker, mine))
    for first, (worker, mine) in enumerate(started):
        predictions[first::processes] = mine.recv()
        worker.join()
    return predictions
