# correct: no
# speed: not-measured
# slow: yes
# caught by: it is exactly what the forest predicts
# Trees are shared out, and sums come in another order.

from multiprocessing import Pool

import joblib
import numpy


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if hasattr(forest, "classes_"):
        return forest.predict(X)
    trees = forest.estimators_
    tasks = [(trees[first::processes], X) for first in range(min(processes, len(trees)))]
    with Pool(processes) as pool:
        return sum(pool.starmap(add, tasks)) / len(trees)


def add(trees, X):
    return numpy.sum([tree.predict(X) for tree in trees], axis=0)
