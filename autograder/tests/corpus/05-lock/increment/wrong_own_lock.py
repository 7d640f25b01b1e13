# correct: no
# speed: not-measured
# slow: yes
# caught by: a number is read and written under one hold of its lock
# A lock of its own: whoever uses the one that was given does not meet it.

from multiprocessing import Lock

mine = Lock()


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        with mine:
            counter.value += 1
