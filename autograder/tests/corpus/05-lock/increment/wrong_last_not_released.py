# correct: no
# speed: not-measured
# caught by: nobody waits for ever
# Gives the lock back between the steps, and not after the last one.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    if times:
        lock.acquire()
    for step in range(times):
        counter.value += 1
        if step < times - 1:
            lock.release()
            lock.acquire()
