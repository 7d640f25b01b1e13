# correct: yes
# speed: pass
# slow: yes
# An executor, and dicts by hand.

from concurrent.futures import ProcessPoolExecutor


def count(text):
    found = {}
    for word in text.split():
        found[word] = found.get(word, 0) + 1
    return found


def tally(texts, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    total = {}
    with ProcessPoolExecutor(processes) as executor:
        for found in executor.map(count, texts):
            for word, number in found.items():
                total[word] = total.get(word, 0) + number
    return total
