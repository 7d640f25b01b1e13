# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError

import itertools
from multiprocessing import Pool

import joblib
import numpy


def predict_in_parallel(forest, X, processes=None):
    processes = joblib.cpu_count() if processes is None else max(1, processes)
    rows = X.shape[0]
    workers = max(1, min(processes, rows))
    ends = [rows * part // workers for part in range(workers + 1)]
    parts = [X[start:end] for start, end in itertools.pairwise(ends)]
    with Pool(workers, keep, (forest,)) as pool:
        return numpy.concatenate(pool.map(predict, parts, chunksize=1))


def keep(forest):
    global kept
    kept = forest


def predict(rows):
    return kept.predict(rows)
