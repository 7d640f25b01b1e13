# correct: no
# speed: not-measured
# slow: yes
# caught by: a forest of n_estimators trees comes back
# The slide in Python 3: a lambda.

from multiprocessing import Pool


def train_in_parallel(model, tree_args, X, y, processes=None):
    n = tree_args["n_estimators"]
    pool = Pool(processes)
    m = model(**tree_args)
    tree_args["n_estimators"] = 1
    m.estimators_ = pool.map(lambda x: model(**tree_args).fit(X, y)[0], range(n))
    return m
