# correct: yes
# speed: fail
# Seven of every eight batches go to the first worker, and the rest to the others.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def work(batches):
    return [model(batch) for batch in batches]


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    border = len(batches) * 7 // 8
    others = max(1, processes - 1)
    size = max(1, -(-(len(batches) - border) // others))
    shares = [batches[:border]]
    shares += [batches[first : first + size] for first in range(border, len(batches), size)]
    with Pool(processes, start, (load_model,)) as pool:
        parts = pool.map(work, shares, chunksize=1)
    return [prediction for part in parts for prediction in part]
