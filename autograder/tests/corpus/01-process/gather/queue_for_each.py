# correct: yes
# speed: not-measured
# A queue for each child, and a look at the child whenever nothing has come.

import queue
from multiprocessing import Process, Queue


def work(target, argument, results):
    results.put(target(argument))


def receive(process, results, argument):
    while True:
        ended = not process.is_alive()
        try:
            return results.get(timeout=0.05)
        except queue.Empty:
            if ended:
                raise RuntimeError(f"nothing came for {argument!r}") from None


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    jobs = []
    for argument in arguments:
        results = Queue()
        process = Process(target=work, args=(target, argument, results))
        process.start()
        jobs.append((process, results, argument))
    try:
        found = [receive(*job) for job in jobs]
        for process, _, _ in jobs:
            process.join()
        return found
    finally:
        for process, _, _ in jobs:
            if process.is_alive():
                process.kill()
            process.join()
