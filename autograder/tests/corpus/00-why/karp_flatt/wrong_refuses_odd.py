# correct: no
# speed: not-measured
# caught by: odd measurements are not hidden
# Takes a superlinear speedup for a bad argument.


def karp_flatt(speedup, workers):
    if speedup <= 0 or speedup > workers:
        raise ValueError(f"speedup must be above 0, got {speedup}")
    if workers < 2:
        raise ValueError(f"workers must be at least 2, got {workers}")
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)
