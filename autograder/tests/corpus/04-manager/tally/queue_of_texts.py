# correct: yes
# speed: pass
# slow: yes
# Texts from a queue, counts through another, drained before the join.

from collections import Counter
from multiprocessing import Process, Queue


def count(waiting, counted):
    mine = Counter()
    while (text := waiting.get()) is not None:
        mine.update(text.split())
    counted.put(mine)


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    waiting, counted = Queue(), Queue()
    workers = [Process(target=count, args=(waiting, counted)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for text in texts:
        waiting.put(text)
    for _ in workers:
        waiting.put(None)
    total = sum((counted.get() for _ in workers), Counter())
    for worker in workers:
        worker.join()
    for queue in (waiting, counted):
        queue.close()
        queue.join_thread()
    return dict(total)
