# correct: yes
# speed: pass
# slow: yes

from multiprocessing import Pool
from random import SystemRandom

import joblib


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"n_estimators must be at least 1, got {trees}")
    first = tree_args.get("random_state")
    first = SystemRandom().randrange(2**30) if first is None else first
    seeds = range(first, first + trees)
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
