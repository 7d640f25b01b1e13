# correct: no
# speed: not-measured
# slow: yes
# caught by: a child that dies raises RuntimeError
# Takes a child that ended with 0 for one that has sent its result.

import queue
from multiprocessing import Process, Queue


def work(results, target, argument):
    results.put(target(argument))


def receive(process, results, argument):
    while True:
        try:
            return results.get(timeout=0.05)
        except queue.Empty:
            if process.exitcode:
                raise RuntimeError(f"the child for {argument!r} ended with {process.exitcode}") from None


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    jobs = []
    for argument in arguments:
        results = Queue()
        process = Process(target=work, args=(results, target, argument))
        process.start()
        jobs.append((process, results, argument))
    try:
        return [receive(*job) for job in jobs]
    except BaseException:
        for process, _, _ in jobs:
            process.kill()
        raise
    finally:
        for process, _, _ in jobs:
            process.join()
