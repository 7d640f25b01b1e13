# correct: no
# speed: not-measured
# caught by: it adds 1 at a time
# All in one step.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    with lock:
        counter.value += times
