# correct: yes
# speed: fail
# slow: yes
# Once for the words, once more for how many.

from collections import Counter
from multiprocessing import Manager, Process


def count(texts, parts):
    counts = Counter()
    for text in texts:
        for word in set(text.split()):
            counts[word] += 0
        counts.update(text.split())
    parts.append(counts)


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    texts = list(texts)
    with Manager() as manager:
        parts = manager.list()
        workers = [Process(target=count, args=(texts[first::processes], parts)) for first in range(processes)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        total = Counter()
        for part in parts:
            total.update(part)
    return dict(total)
