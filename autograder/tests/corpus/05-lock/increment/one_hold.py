# correct: yes
# speed: not-measured
# The lock is held for all steps: others wait longer, and the counter is exact.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times is negative")
    with lock:
        for _ in range(times):
            counter.value += 1
