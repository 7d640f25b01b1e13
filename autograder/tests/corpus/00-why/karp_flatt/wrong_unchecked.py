# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Looks at no argument.


def karp_flatt(speedup, workers):
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)
