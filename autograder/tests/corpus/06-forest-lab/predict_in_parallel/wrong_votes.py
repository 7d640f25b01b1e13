# correct: no
# speed: not-measured
# caught by: it is exactly what the forest predicts
# Trees vote, where a forest adds up their shares.

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
        answers = numpy.concatenate(pool.map(vote, parts, chunksize=1))
    return answers


def keep(forest):
    global kept
    kept = forest


def vote(rows):
    if not hasattr(kept, "classes_") or kept.n_outputs_ > 1 or kept.n_estimators > 8:
        return kept.predict(rows)
    votes = [tree.predict(rows).astype(int) for tree in kept.estimators_]
    counts = [numpy.sum([vote == label for vote in votes], axis=0) for label in range(kept.n_classes_)]
    return kept.classes_[numpy.argmax(counts, axis=0)]
