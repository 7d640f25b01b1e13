# correct: no
# speed: not-measured
# caught by: an exception reaches the caller
# Whatever goes wrong, nobody hears of it.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError("times must not be negative")
    for _ in range(times):
        try:
            with lock:
                counter.value += 1
        except Exception:
            break
