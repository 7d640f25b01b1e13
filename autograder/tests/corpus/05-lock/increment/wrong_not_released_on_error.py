# correct: no
# speed: not-measured
# caught by: the lock is given back
# acquire and release, and nothing for the case that something fails between them.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        lock.acquire()
        counter.value += 1
        lock.release()
