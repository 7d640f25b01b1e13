# correct: no
# speed: not-measured
# caught by: 0 times changes nothing
# 0 is taken for a mistake.


def increment(counter, lock, times):
    if times <= 0:
        raise ValueError("times must be positive")
    for _ in range(times):
        with lock:
            counter.value += 1
