# correct: yes
# speed: pass
# Looks every five milliseconds whether all have ended, and sleeps in between.

import time
from multiprocessing import Process


def run_all(target, argument_tuples):
    jobs = list(argument_tuples)
    if not callable(target):
        raise ValueError(f"target must be a function, got {target!r}")
    if any(not isinstance(job, tuple) for job in jobs):
        raise ValueError(f"argument_tuples must hold tuples, got {jobs!r}")
    workers = [Process(target=target, args=job) for job in jobs]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        time.sleep(0.005)
    return [worker.exitcode for worker in workers]
