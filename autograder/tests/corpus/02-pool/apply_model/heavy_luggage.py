# correct: yes
# speed: fail
# The model stays where it is, but every batch carries a table of 16 MB that is pickled with it.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch, table):
    return model(batch)


def apply_model(load_model, batches, processes):
    table = bytes(16_000_000)
    with Pool(processes, start, (load_model,)) as pool:
        waiting = [pool.apply_async(predict, (batch, table)) for batch in batches]
        return [prediction.get() for prediction in waiting]
