# correct: no
# speed: not-measured
# caught by: no count is lost when workers meet
# `+=` on a proxy's item is a read and a write, and others come between.

from multiprocessing import Lock, Manager, Process


def work(texts, shared, lock):
    for text in texts:
        for word in text.split():
            if word not in shared:
                shared[word] = 0
            shared[word] += 1


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    texts = list(texts)
    lock = Lock()
    with Manager() as manager:
        shared = manager.dict()
        workers = [
            Process(target=work, args=(texts[first::processes], shared, lock)) for first in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return dict(shared)
