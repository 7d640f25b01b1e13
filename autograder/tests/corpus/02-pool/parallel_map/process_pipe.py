# correct: yes
# speed: pass
# By hand: every worker takes each n-th item and answers through a pipe of its own.

from multiprocessing import Pipe, Process


def work(func, share, connection):
    try:
        connection.send(([func(item) for item in share], None))
    except Exception as error:
        connection.send(([], error))
    finally:
        connection.close()


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    processes = min(processes, len(items))
    results = [None] * len(items)
    failure = None
    workers, ends = [], []
    for first in range(processes):
        mine, theirs = Pipe(duplex=False)
        worker = Process(target=work, args=(func, items[first::processes], theirs))
        worker.start()
        theirs.close()
        workers.append(worker)
        ends.append(mine)
    for first, end in enumerate(ends):
        values, error = end.recv()
        failure = failure or error
        if not error:
            results[first::processes] = values
    for worker in workers:
        worker.join()
    if failure:
        raise failure
    return results
