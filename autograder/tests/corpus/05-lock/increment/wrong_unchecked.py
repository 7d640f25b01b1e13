# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# range(-1) is empty, so nothing happens.


def increment(counter, lock, times):
    for _ in range(times):
        with lock:
            counter.value += 1
