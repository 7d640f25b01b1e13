# correct: yes
# speed: pass
# Each worker loads the model at its first batch.

from functools import partial
from multiprocessing import Pool

models = {}


def predict(load_model, batch):
    if "model" not in models:
        models["model"] = load_model()
    return models["model"](batch)


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        return list(pool.imap(partial(predict, load_model), batches))
