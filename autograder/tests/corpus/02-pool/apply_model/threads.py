# correct: yes
# speed: fail
# One model for all threads, which take turns at Python code.

from multiprocessing.pool import ThreadPool


def apply_model(load_model, batches, processes):
    with ThreadPool(processes) as pool:
        return pool.map(load_model(), batches)
