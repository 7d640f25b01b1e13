# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# A bad number of workers is an empty share for each of none.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        return []
    with Pool(processes, start, (load_model,)) as pool:
        return pool.map(predict, batches, chunksize=1)
