# correct: no
# speed: not-measured
# caught by: every prediction is there
# A lambda has no name to be pickled by.

from multiprocessing import Pool


def apply_model(load_model, batches, processes):
    with Pool(processes) as pool:
        return pool.map(lambda batch: load_model()(batch), batches)
