# correct: no
# speed: not-measured
# caught by: every step counts
# One hold for reading, another for writing.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        with lock:
            number = counter.value
        with lock:
            counter.value = number + 1
