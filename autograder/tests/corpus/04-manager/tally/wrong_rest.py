# correct: no
# speed: not-measured
# slow: yes
# caught by: any number of workers will do
# The division leaves a rest, which nobody counts.

from collections import Counter
from multiprocessing import Manager, Process


def count(texts, parts):
    counts = Counter()
    for text in texts:
        counts.update(text.split())
    parts.append(counts)


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    texts = list(texts)
    with Manager() as manager:
        parts = manager.list()
        size = max(1, len(texts) // processes)
        workers = [
            Process(target=count, args=(texts[number * size : (number + 1) * size], parts))
            for number in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        total = Counter()
        for part in parts:
            total.update(part)
    return dict(total)
