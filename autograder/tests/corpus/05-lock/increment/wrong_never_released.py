# correct: no
# speed: not-measured
# caught by: nobody waits for ever
# Takes the lock in every turn and forgets to give it back.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        lock.acquire()
        counter.value += 1
