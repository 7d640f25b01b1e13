# correct: no
# speed: not-measured
# caught by: at most `processes` calls run at a time
# The more workers the better, or so one thinks. What it costs is too near the bar to be timed.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Pool(50) as pool:
        return pool.map(func, items, chunksize=1)
