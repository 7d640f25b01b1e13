# correct: no
# speed: not-measured
# slow: yes
# caught by: results may be many MB
# Waits for children that wait until somebody reads their large results.

from multiprocessing import Process, Queue


def work(queue, place, target, argument):
    queue.put((place, target(argument)))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    queue = Queue()
    processes = [
        Process(target=work, args=(queue, place, target, argument))
        for place, argument in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    for process, argument in zip(processes, arguments, strict=True):
        if process.exitcode != 0:
            raise RuntimeError(f"the child for {argument!r} died")
    results = dict(queue.get() for _ in processes)
    return [results[place] for place in range(len(arguments))]
