# correct: no
# speed: not-measured
# slow: yes
# caught by: a child that dies raises RuntimeError
# The child tells of its exceptions, but a child that is killed tells nothing.

import pickle
from multiprocessing import Process, Queue


def work(queue, place, target, argument):
    try:
        queue.put((place, pickle.dumps(target(argument)), ""))
    except Exception as error:
        queue.put((place, None, repr(error)))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    queue = Queue()
    processes = []
    for place, argument in enumerate(arguments):
        process = Process(target=work, args=(queue, place, target, argument))
        process.start()
        processes.append(process)
    answers = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    results = [None] * len(processes)
    for place, result, problem in answers:
        if problem:
            raise RuntimeError(f"{arguments[place]!r}: {problem}")
        results[place] = pickle.loads(result)
    return results
