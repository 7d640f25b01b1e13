# correct: no
# speed: fail
# caught by: the rest is stopped at once
# Asks about every item before it looks at an answer.

from multiprocessing import Pool


def first_match(predicate, items, processes):
    items = list(items)
    with Pool(processes) as pool:
        answers = pool.map(predicate, items, chunksize=1)
    return next((item for item, matches in zip(items, answers, strict=True) if matches), None)
