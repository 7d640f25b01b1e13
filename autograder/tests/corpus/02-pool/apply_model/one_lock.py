# correct: yes
# speed: fail
# A lock around every prediction: the workers stand in line.

from multiprocessing import Lock, Pool


def start(load_model, shared):
    global model, lock
    model, lock = load_model(), shared


def predict(batch):
    with lock:
        return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model, Lock())) as pool:
        return pool.map(predict, batches, chunksize=1)
