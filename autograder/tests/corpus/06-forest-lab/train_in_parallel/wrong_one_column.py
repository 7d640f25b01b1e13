# correct: no
# speed: not-measured
# slow: yes
# caught by: regressors, words and several outputs work too
# What fit() sets is set by hand, for one column of labels.

from multiprocessing import Pool

import joblib
import numpy
from sklearn.utils import check_random_state


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"n_estimators must be at least 1, got {trees}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=trees).tolist()
    with Pool(min(processes, trees), keep, (model, tree_args, X, y)) as pool:
        grown = pool.map(grow, seeds, chunksize=1)
    forest = model(**tree_args)
    forest.estimators_ = [one.estimators_[0] for one in grown]
    forest.estimator_ = grown[0].estimator_
    forest.n_features_in_ = X.shape[1]
    forest.n_outputs_ = 1
    forest.classes_ = numpy.unique(y)
    forest.n_classes_ = len(forest.classes_)
    return forest


def keep(*arguments):
    global kept
    kept = arguments


def grow(seed):
    model, tree_args, X, y = kept
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y)
