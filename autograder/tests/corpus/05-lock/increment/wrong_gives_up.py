# correct: no
# speed: not-measured
# caught by: every step counts
# Asks for the lock once, and goes on without it if somebody has it.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        if lock.acquire(block=False):
            try:
                counter.value += 1
            finally:
                lock.release()
