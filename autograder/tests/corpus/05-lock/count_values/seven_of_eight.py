# correct: yes
# speed: fail
# slow: yes
# Seven of eight items go to the first worker.

from multiprocessing import Manager, Pool


def count(func, items, counts, lock):
    for item in items:
        value = func(item)
        with lock:
            counts[value] = counts.get(value, 0) + 1


def count_values(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    cut = len(items) * 7 // 8
    rest = items[cut:]
    shares = [items[:cut], *(rest[first :: max(1, processes - 1)] for first in range(max(1, processes - 1)))]
    with Manager() as manager:
        counts, lock = manager.dict(), manager.Lock()
        with Pool(processes) as pool:
            pool.starmap(count, [(func, share, counts, lock) for share in shares], chunksize=1)
        return dict(counts)
