# correct: yes
# speed: pass
# slow: yes

import itertools
from multiprocessing.dummy import Pool

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
    with Pool(workers) as pool:
        answers = pool.map(forest.predict, parts, chunksize=1)
        pool.close()
        pool.join()
    return numpy.concatenate(answers)
