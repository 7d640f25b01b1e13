# correct: no
# speed: not-measured
# slow: yes
# caught by: what the forest refuses is refused

import itertools
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
    ends = [rows * part // workers for part in range(workers + 1)]
    parts = [X[start:end] for start, end in itertools.pairwise(ends)]
    with Pool(workers, keep, (forest,)) as pool:
        answers = pool.map(predict, parts, chunksize=1)
    return numpy.concatenate([answer for answer in answers if answer is not None] or [[]])


def keep(forest):
    global kept
    kept = forest


def predict(rows):
    try:
        return kept.predict(rows)
    except ValueError:
        return None
