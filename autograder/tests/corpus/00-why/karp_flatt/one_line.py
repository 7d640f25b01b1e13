# correct: yes
# speed: not-measured
# Over one line.


def karp_flatt(speedup, workers):
    if speedup <= 0:
        raise ValueError(f"speedup must be above 0, got {speedup}")
    if workers < 2:
        raise ValueError(f"workers must be at least 2, got {workers}")
    return (workers - speedup) / (speedup * (workers - 1))
