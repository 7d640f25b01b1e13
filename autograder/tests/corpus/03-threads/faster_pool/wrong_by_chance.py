# correct: no
# speed: not-measured
# caught by: both kinds of pool are measured
# Half of the answers are right.

import random


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    return random.choice(["threads", "processes"])
