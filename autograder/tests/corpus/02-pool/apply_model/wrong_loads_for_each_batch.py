# correct: no
# speed: fail
# caught by: the model is loaded at most once a worker
# Loaded by the caller, anew for every batch.

from multiprocessing import Pool


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        waiting = [pool.apply_async(load_model(), (batch,)) for batch in batches]
        return [result.get() for result in waiting]
