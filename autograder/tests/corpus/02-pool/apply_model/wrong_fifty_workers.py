# correct: no
# speed: fail
# caught by: the model is loaded at most once a worker
# The more workers the better, or so one thinks; each loads the model.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(50, start, (load_model,)) as pool:
        return pool.map(predict, batches, chunksize=1)
