# correct: yes
# speed: not-measured
# By hand, with finally.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError(f"times must be at least 0, got {times}")
    for _ in range(times):
        lock.acquire()
        try:
            counter.value = counter.value + 1
        finally:
            lock.release()
