# correct: no
# speed: not-measured
# slow: yes
# caught by: no count is lost when workers meet
# The same, in the order of the alphabet.

from collections import Counter
from multiprocessing import Lock, Manager, Process


def work(texts, shared, lock):
    counts = Counter()
    for text in texts:
        counts.update(text.split())

    for word in sorted(counts):
        shared[word] = shared.get(word, 0) + counts[word]


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
