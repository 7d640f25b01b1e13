# correct: yes
# speed: pass
# Workers take the next item from a manager's queue until there is none; pairs in a list.

from multiprocessing import Manager, Process
from queue import Empty


def worker(func, waiting, done):
    while True:
        try:
            item = waiting.get_nowait()
        except Empty:
            return
        try:
            done.append((item, func(item), None))
        except Exception as error:
            done.append((item, None, error))


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be positive, not {processes}")
    with Manager() as manager:
        waiting, done = manager.Queue(), manager.list()
        for item in items:
            waiting.put(item)
        team = [Process(target=worker, args=(func, waiting, done)) for _ in range(processes)]
        [member.start() for member in team]
        [member.join() for member in team]
        result = {}
        for item, value, error in list(done):
            if error is not None:
                raise error
            result[item] = value
    return result
