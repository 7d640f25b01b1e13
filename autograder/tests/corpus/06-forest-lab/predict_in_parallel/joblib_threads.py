# correct: yes
# speed: pass
# slow: yes

import itertools

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
    answers = joblib.Parallel(workers, prefer="threads")(
        joblib.delayed(forest.predict)(part) for part in parts
    )
    return numpy.concatenate(answers)
