# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError
# No look at the number of workers.

from collections import Counter
from multiprocessing import Manager, Process


def count(texts, parts):
    counts = Counter()
    for text in texts:
        counts.update(text.split())
    parts.append(counts)


def tally(texts, processes):
    texts = list(texts)
    with Manager() as manager:
        parts = manager.list()
        workers = [
            Process(target=count, args=(texts[first :: max(1, processes)], parts))
            for first in range(max(1, processes))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        total = Counter()
        for part in parts:
            total.update(part)
    return dict(total)
