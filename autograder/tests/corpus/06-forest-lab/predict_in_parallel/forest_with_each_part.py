# correct: yes
# speed: fail
# slow: yes

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
    pieces = max(1, min(rows, 50))
    ends = [rows * part // pieces for part in range(pieces + 1)]
    parts = [X[start:end] for start, end in itertools.pairwise(ends)]
    with Pool(workers) as pool:
        answers = pool.starmap(ask, [(forest, part) for part in parts], chunksize=1)
    return numpy.concatenate(answers)


def ask(forest, rows):
    return forest.predict(rows)
