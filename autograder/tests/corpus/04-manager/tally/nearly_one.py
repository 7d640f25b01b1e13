# correct: yes
# speed: fail
# slow: yes
# The first worker gets nineteen texts of twenty.

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
        cut = len(texts) * 19 // 20 if processes > 1 else len(texts)
        workers = [Process(target=count, args=(part, parts)) for part in (texts[:cut], texts[cut:]) if part]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        total = Counter()
        for part in parts:
            total.update(part)
    return dict(total)
