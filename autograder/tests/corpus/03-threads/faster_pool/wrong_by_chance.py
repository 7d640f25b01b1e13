# correct: no
# speed: not-measured
# caught by: a quarter of the items is measured at most
# Half of the answers are right.

import random


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    return random.choice(["threads", "processes"])
