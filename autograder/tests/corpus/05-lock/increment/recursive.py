# correct: yes
# speed: not-measured
# One step, and the rest by the function itself.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    if times:
        step(counter, lock)
        increment(counter, lock, times - 1)


def step(counter, lock):
    with lock:
        before = counter.value
        counter.value = before + 1
