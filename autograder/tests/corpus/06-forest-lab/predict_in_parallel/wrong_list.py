# correct: no
# speed: not-measured
# slow: yes
# caught by: every row has its prediction

import itertools
from multiprocessing import Pool

import joblib


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    rows = X.shape[0]
    workers = max(1, min(processes, rows))
    ends = [rows * part // workers for part in range(workers + 1)]
    parts = [X[start:end] for start, end in itertools.pairwise(ends)]
    with Pool(workers, keep, (forest,)) as pool:
        return [one for part in pool.map(predict, parts) for one in part]


def keep(forest):
    global kept
    kept = forest


def predict(rows):
    return kept.predict(rows)
