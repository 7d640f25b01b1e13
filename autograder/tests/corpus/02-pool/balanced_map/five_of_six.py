# correct: yes
# speed: fail
# Five of every six items go to the first worker, and the rest to the others.

from multiprocessing import Pool


def work(func, share):
    return [(number, func(item)) for number, item in share]


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    numbered = list(enumerate(items))
    rest = numbered[5::6]
    others = max(1, processes - 1)
    shares = [[pair for pair in numbered if pair[0] % 6 != 5]]
    shares += [rest[first::others] for first in range(others)]
    with Pool(processes) as pool:
        parts = pool.starmap(work, [(func, share) for share in shares], chunksize=1)
    results = dict(pair for part in parts for pair in part)
    return [results[number] for number, _ in numbered]
