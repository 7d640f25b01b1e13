# correct: no
# speed: not-measured
# caught by: every prediction is there
# The initializer's result is thrown away, and the task asks for a model that is not there.

from multiprocessing import Pool

model = None


def start(load_model):
    model = load_model()
    return model


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model,)) as pool:
        return pool.map(predict, batches)
