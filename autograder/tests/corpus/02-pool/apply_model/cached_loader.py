# correct: yes
# speed: pass
# functools.cache keeps the model in each worker.

from functools import cache
from multiprocessing import Pool


@cache
def model_of(load_model):
    return load_model()


def predict(load_model, batch):
    return model_of(load_model)(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        return pool.starmap(predict, [(load_model, batch) for batch in batches], chunksize=1)
