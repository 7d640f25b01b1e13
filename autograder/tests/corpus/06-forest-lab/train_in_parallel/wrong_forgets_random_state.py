# correct: no
# speed: not-measured
# slow: yes
# caught by: another random_state gives another forest

from multiprocessing import Pool

import joblib
from sklearn.utils import check_random_state


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"n_estimators must be at least 1, got {trees}")
    seeds = (
        check_random_state(None if tree_args.get("random_state") is None else 0)
        .randint(2**31 - 1, size=trees)
        .tolist()
    )
    with Pool(min(processes, trees), keep, (model, tree_args, X, y)) as pool:
        grown = pool.map(grow, seeds, chunksize=1)
    forest = grown[0]
    forest.estimators_ = [tree for one in grown for tree in one.estimators_]
    return forest.set_params(**model(**tree_args).get_params())


def keep(*arguments):
    global kept
    kept = arguments


def grow(seed):
    model, tree_args, X, y = kept
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y)
