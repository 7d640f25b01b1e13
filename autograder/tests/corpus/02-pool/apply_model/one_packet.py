# correct: yes
# speed: fail
# All batches in one packet: one worker has them all.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model,)) as pool:
        return pool.map(predict, batches, chunksize=len(batches) or 1)
