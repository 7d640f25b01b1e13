# correct: yes
# speed: pass
# The other pool has initializers as well.

from concurrent.futures import ProcessPoolExecutor


def start(load_model):
    predict.model = load_model()


def predict(batch):
    return predict.model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes, initializer=start, initargs=(load_model,)) as executor:
        return list(executor.map(predict, batches))
