# correct: no
# speed: not-measured
# caught by: every prediction is there
# Returns what would give the predictions.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model,)) as pool:
        return pool.imap(predict, batches)
