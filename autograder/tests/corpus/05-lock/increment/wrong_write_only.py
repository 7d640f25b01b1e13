# correct: no
# speed: not-measured
# caught by: every step counts
# The number is read before the lock is taken.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        number = counter.value + 1
        with lock:
            counter.value = number
