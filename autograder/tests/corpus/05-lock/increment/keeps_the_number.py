# correct: yes
# speed: not-measured
# Reads once, while nobody else can write, and writes every number on the way.


def increment(counter, lock, times):
    if times < 0:
        raise ValueError(f"cannot add {times} times")
    with lock:
        start = counter.value if times else 0
        for number in range(start, start + times):
            counter.value = number + 1
