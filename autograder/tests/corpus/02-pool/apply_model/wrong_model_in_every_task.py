# correct: no
# speed: fail
# caught by: the model is never sent to another process
# Loaded by the caller, and pickled anew for every batch.

from multiprocessing import Pool


def predict(model, batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        model = load_model()
        return pool.starmap(predict, [(model, batch) for batch in batches], chunksize=1)
