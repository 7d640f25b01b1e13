# correct: no
# speed: not-measured
# caught by: the model is loaded at most once a worker
# The caller tries the model on the first batch, and so loads one more.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if not batches:
        return []
    first = load_model()(batches[0])
    with Pool(processes, start, (load_model,)) as pool:
        return [first, *pool.map(predict, batches[1:], chunksize=1)]
