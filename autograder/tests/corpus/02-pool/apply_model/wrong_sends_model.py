# correct: no
# speed: not-measured
# caught by: the model is never sent to another process
# Loaded by the caller, and sent along with every packet.

from multiprocessing import Pool


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        return pool.map(load_model(), batches)
