# correct: no
# speed: not-measured
# caught by: no batches give an empty list
# No batches, no workers: and a pool of none is refused.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(min(processes, len(batches)), start, (load_model,)) as pool:
        return pool.map(predict, batches, chunksize=1)
