# correct: yes
# speed: fail
# slow: yes

from multiprocessing import Pool

import joblib
import numpy


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    rows = X.shape[0]
    workers = min(2, processes)
    large = rows - rows // 8
    parts = [part for part in (X[:large], X[large:]) if part.shape[0] or not rows]
    with Pool(workers, keep, (forest,)) as pool:
        return numpy.concatenate(pool.map(predict, parts, chunksize=1))


def keep(forest):
    global kept
    kept = forest


def predict(rows):
    return kept.predict(rows)
