# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Lets one worker divide by zero.


def karp_flatt(speedup, workers):
    if speedup <= 0:
        raise ValueError(f"speedup must be above 0, got {speedup}")
    if workers < 1:
        raise ValueError(f"workers must be at least 2, got {workers}")
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)
