# correct: yes
# speed: pass
# A pool counts text by text; the caller adds up.

from collections import Counter
from multiprocessing import Pool


def words_of(text):
    return Counter(text.split())


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    total = Counter()
    with Pool(processes) as pool:
        for counts in pool.imap_unordered(words_of, texts):
            total += counts
    return dict(total)
