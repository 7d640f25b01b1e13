# correct: no
# speed: fail
# caught by: the model is loaded at most once a worker
# Every task loads the model.

from functools import partial
from multiprocessing import Pool


def predict(load_model, batch):
    return load_model()(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        return pool.map(partial(predict, load_model), batches, chunksize=1)
