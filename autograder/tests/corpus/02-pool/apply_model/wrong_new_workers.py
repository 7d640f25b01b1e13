# correct: no
# speed: not-measured
# caught by: the model is loaded at most once a worker
# Workers are replaced after each task, and each new one loads the model.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model,), maxtasksperchild=1) as pool:
        return pool.map(predict, batches, chunksize=1)
