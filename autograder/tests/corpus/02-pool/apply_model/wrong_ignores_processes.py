# correct: no
# speed: not-measured
# caught by: the model is loaded at most once a worker
# As many workers as there are cores, each with a model.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(initializer=start, initargs=(load_model,)) as pool:
        return pool.map(predict, batches, chunksize=1)
