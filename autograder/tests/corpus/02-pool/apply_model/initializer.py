# correct: yes
# speed: pass
# Each worker loads the model when it starts, and keeps it.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, initializer=start, initargs=(load_model,)) as pool:
        return pool.map(predict, batches, chunksize=1)
