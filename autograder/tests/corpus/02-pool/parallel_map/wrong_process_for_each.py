# correct: no
# speed: not-measured
# caught by: at most `processes` calls run at a time
# A process for every item, all at once.

from multiprocessing import Pipe, Process


def work(func, item, connection):
    try:
        connection.send((func(item), None))
    except Exception as error:
        connection.send((None, error))


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    started = []
    for item in items:
        mine, theirs = Pipe(duplex=False)
        worker = Process(target=work, args=(func, item, theirs))
        worker.start()
        theirs.close()
        started.append((worker, mine))
    answers = [mine.recv() for _, mine in started]
    for worker, _ in started:
        worker.join()
    for _, error in answers:
        if error:
            raise error
    return [value for value, _ in answers]
