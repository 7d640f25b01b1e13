# correct: no
# speed: not-measured
# caught by: every step counts
# range(1, times) has one step less.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(1, times):
        with lock:
            counter.value += 1
