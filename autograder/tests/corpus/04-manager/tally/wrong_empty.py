# correct: no
# speed: not-measured
# slow: yes
# caught by: no words give an empty dict
# The size of a share is 0 when there are no texts.

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
        size = -(-len(texts) // processes)
        workers = [
            Process(target=count, args=(texts[start : start + size], parts))
            for start in range(0, len(texts), size)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        total = Counter()
        for part in parts:
            total.update(part)
    return dict(total)
