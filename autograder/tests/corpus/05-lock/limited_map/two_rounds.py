# correct: yes
# speed: fail
# First all are prepared, then as few workers as may use them do: no item is prepared while one is in use.

from multiprocessing import Pool


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    with Pool(processes) as pool:
        prepared = pool.map(prepare, items, chunksize=1)
    with Pool(min(processes, limit)) as pool:
        return pool.map(use, prepared, chunksize=1)
