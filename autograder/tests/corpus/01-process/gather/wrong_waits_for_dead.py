# correct: no
# speed: not-measured
# slow: yes
# caught by: a child that dies raises RuntimeError
# Waits for as many results as there are children, dead ones among them.

from multiprocessing import Process, Queue


def work(queue, place, target, argument):
    queue.put((place, target(argument)))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    queue = Queue()
    processes = []
    for place, argument in enumerate(arguments):
        process = Process(target=work, args=(queue, place, target, argument))
        process.start()
        processes.append(process)
    results = dict(queue.get() for _ in processes)
    for process in processes:
        process.join()
    return [results[place] for place in range(len(processes))]
