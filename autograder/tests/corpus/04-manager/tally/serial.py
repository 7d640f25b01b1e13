# correct: yes
# speed: fail
# slow: yes
# A Counter in a loop.

from collections import Counter


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    total = Counter()
    for text in texts:
        total.update(text.split())
    return dict(total)
