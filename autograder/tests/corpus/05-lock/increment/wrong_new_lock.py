# correct: no
# speed: not-measured
# caught by: every step counts
# A new lock in every process.

from multiprocessing import Lock


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    lock = Lock()
    for _ in range(times):
        with lock:
            counter.value += 1
