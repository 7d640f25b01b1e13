# correct: no
# speed: not-measured
# caught by: nobody waits for ever
# The function that is called under the lock takes it again.


def step(counter, lock):
    with lock:
        counter.value += 1


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    with lock:
        for _ in range(times):
            step(counter, lock)
