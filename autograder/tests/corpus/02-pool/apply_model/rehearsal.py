# correct: yes
# speed: fail
# Every batch is predicted once to see that it works, and once more for its result.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    model(batch)
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model,)) as pool:
        return pool.map(predict, batches, chunksize=1)
