# correct: yes
# speed: pass
# Each worker fills a dict of its own, and hands it over whole at its end.

import multiprocessing


def fill(func, share, shared):
    mine = {}
    for item in share:
        try:
            mine[item] = func(item)
        except Exception as error:
            shared.put(error)
            return
    shared.put(mine)


def collect(func, items, processes):
    if processes <= 0:
        raise ValueError("processes: at least one worker is needed")
    items = list(dict.fromkeys(items))
    size = -(-len(items) // processes) or 1
    shares = [items[start : start + size] for start in range(0, len(items), size)]
    everything = {}
    with multiprocessing.Manager() as manager:
        shared = manager.Queue()
        workers = [multiprocessing.Process(target=fill, args=(func, share, shared)) for share in shares]
        for worker in workers:
            worker.start()
        parts = [shared.get() for _ in workers]
        for worker in workers:
            worker.join()
    for part in parts:
        if isinstance(part, Exception):
            raise part
        everything.update(part)
    return everything
