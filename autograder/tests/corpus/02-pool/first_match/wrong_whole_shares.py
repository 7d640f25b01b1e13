# correct: no
# speed: not-measured
# caught by: any number of workers will do
# Every worker takes as many items as the division gives; with more workers than items that is none.

from multiprocessing import Pool


def search(job):
    predicate, share = job
    return [item for item in share if predicate(item)][:1]


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    each = len(items) // processes
    shares = [items[number * each : (number + 1) * each] for number in range(processes)]
    with Pool(processes) as pool:
        for found in pool.imap_unordered(search, [(predicate, share) for share in shares]):
            if found:
                return found[0]
    return None
