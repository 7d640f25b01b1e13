# correct: no
# speed: not-measured
# caught by: every step counts
# "It is one line, so it is one step."


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        counter.value += 1
