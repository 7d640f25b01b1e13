# correct: no
# speed: not-measured
# caught by: the fraction is right
# One over the speedup.


def karp_flatt(speedup, workers):
    if speedup <= 0:
        raise ValueError(f"speedup must be above 0, got {speedup}")
    if workers < 2:
        raise ValueError(f"workers must be at least 2, got {workers}")
    return 1 / speedup
