# correct: no
# speed: not-measured
# slow: yes
# caught by: every row has its prediction

from multiprocessing import Pool

import joblib
import numpy


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    rows = X.shape[0]
    workers = max(1, min(processes, rows))
    parts = [X[first::workers] for first in range(workers)]
    with Pool(workers, keep, (forest,)) as pool:
        return numpy.concatenate(pool.map(predict, parts, chunksize=1))


def keep(forest):
    global kept
    kept = forest


def predict(rows):
    return kept.predict(rows)
