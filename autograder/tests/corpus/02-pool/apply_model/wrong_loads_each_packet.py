# correct: no
# speed: fail
# caught by: the model is loaded at most once a worker
# Every packet of batches loads the model anew.

from functools import partial
from multiprocessing import Pool


def predict(load_model, batches):
    model = load_model()
    return [model(batch) for batch in batches]


def apply_model(load_model, batches, processes):
    packets = [batches[start : start + 2] for start in range(0, len(batches), 2)]
    with Pool(processes) as pool:
        parts = pool.map(partial(predict, load_model), packets, chunksize=1)
    return [prediction for part in parts for prediction in part]
