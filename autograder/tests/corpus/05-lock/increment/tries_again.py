# correct: yes
# speed: not-measured
# slow: yes
# Asks for the lock without waiting, and comes back later if somebody has it.

from time import sleep


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    while times:
        if not lock.acquire(block=False):
            sleep(0.0001)
            continue
        try:
            counter.value += 1
        finally:
            lock.release()
        times -= 1
