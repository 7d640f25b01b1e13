# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# The pool is neither closed nor joined.

from collections import Counter
from multiprocessing import Pool

pools = []


def count(text):
    return Counter(text.split())


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    pools.append(Pool(processes))
    return dict(sum(pools[-1].map(count, texts), Counter()))
