# correct: yes
# speed: pass
# One future a batch, by the other pool.

from concurrent.futures import ProcessPoolExecutor


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes, initializer=start, initargs=(load_model,)) as executor:
        waiting = [executor.submit(predict, batch) for batch in batches]
        return [prediction.result() for prediction in waiting]
