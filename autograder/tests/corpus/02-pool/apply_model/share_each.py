# correct: yes
# speed: pass
# One packet a worker.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(processes, start, (load_model,)) as pool:
        return pool.map(predict, batches, chunksize=max(1, -(-len(batches) // processes)))
