# correct: yes
# speed: pass
# By hand: a pipe a worker, all waited for at once, items dealt out one by one.

from multiprocessing import Pipe, Process
from multiprocessing.connection import wait


def search(predicate, connection):
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        connection.send(bool(predicate(item)))


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    left = iter(items)
    workers, asked = [], {}
    try:
        for item in left:
            mine, theirs = Pipe()
            worker = Process(target=search, args=(predicate, theirs))
            worker.start()
            theirs.close()
            workers.append(worker)
            mine.send(item)
            asked[mine] = item
            if len(workers) == processes:
                break
        while asked:
            for connection in wait(list(asked)):
                item = asked.pop(connection)
                if connection.recv():
                    return item
                for another in left:
                    connection.send(another)
                    asked[connection] = another
                    break
        return None
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
