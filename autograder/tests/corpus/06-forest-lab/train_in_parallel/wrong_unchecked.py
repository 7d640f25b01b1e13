# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError

from multiprocessing import Pool

from sklearn.utils import check_random_state


def train_in_parallel(model, tree_args, X, y, processes=None):
    trees = tree_args["n_estimators"]
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=trees).tolist()
    with Pool(processes, keep, (model, tree_args, X, y)) as pool:
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
