# correct: no
# speed: not-measured
# caught by: the trees are all different
# Every worker has the same random_state.

from multiprocessing import Pool

import joblib


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"n_estimators must be at least 1, got {trees}")
    with Pool(min(processes, trees), keep, (model, tree_args, X, y)) as pool:
        grown = pool.map(grow, range(trees), chunksize=1)
    forest = grown[0]
    forest.estimators_ = [tree for one in grown for tree in one.estimators_]
    return forest.set_params(**model(**tree_args).get_params())


def keep(*arguments):
    global kept
    kept = arguments


def grow(number):
    model, tree_args, X, y = kept
    return model(**{**tree_args, "n_estimators": 1}).fit(X, y)
