# correct: no
# speed: not-measured
# caught by: every step counts
# The lock that a Value has; not every counter has one.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        with counter.get_lock():
            counter.value += 1
