# correct: no
# speed: not-measured
# slow: yes
# caught by: at most `processes` calls run at a time
# A process for each item.

from multiprocessing import Pipe, Process, Semaphore


def both(prepare, use, free, item, connection):
    try:
        prepared = prepare(item)
        with free:
            connection.send((use(prepared), None))
    except Exception as error:
        connection.send((None, error))


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    free, workers = Semaphore(limit), []
    for item in items:
        mine, theirs = Pipe(duplex=False)
        worker = Process(target=both, args=(prepare, use, free, item, theirs))
        worker.start()
        workers.append((worker, mine))
    told = [mine.recv() for _, mine in workers]
    for worker, _ in workers:
        worker.join()
    for _, error in told:
        if error:
            raise error
    return [result for result, _ in told]
