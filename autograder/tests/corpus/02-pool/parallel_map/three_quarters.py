# correct: yes
# speed: fail
# Three quarters of the items go to the first worker, and the rest to the others.

from multiprocessing import Pool


def work(func, share):
    return [func(item) for item in share]


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    border = len(items) * 3 // 4
    others = max(1, processes - 1)
    size = max(1, -(-(len(items) - border) // others))
    shares = [items[:border]]
    shares += [items[start : start + size] for start in range(border, len(items), size)]
    with Pool(processes) as pool:
        parts = pool.starmap(work, [(func, share) for share in shares], chunksize=1)
    return [result for part in parts for result in part]
