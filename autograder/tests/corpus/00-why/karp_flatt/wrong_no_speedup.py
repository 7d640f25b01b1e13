# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Looks at the workers alone.


def karp_flatt(speedup, workers):
    if workers < 2:
        raise ValueError(f"workers must be at least 2, got {workers}")
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)
