# correct: yes
# speed: not-measured
# The lock around each step.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError(f"times must not be negative, got {times}")
    for _ in range(times):
        with lock:
            counter.value += 1
