# correct: no
# speed: not-measured
# caught by: predictions are in the order of the batches
# Predictions as they come.

from multiprocessing import Pool
from random import shuffle


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    batches = list(batches)
    shuffle(batches)  # so that no worker gets all the dear ones
    with Pool(processes, start, (load_model,)) as pool:
        return list(pool.imap_unordered(predict, batches))
