# correct: yes
# speed: pass

import os
from multiprocessing import Pool
from tempfile import TemporaryDirectory

import joblib
import numpy
from scipy.sparse import issparse
from sklearn.utils import check_random_state


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"n_estimators must be at least 1, got {trees}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=trees)
    X = X.tocsc().astype("float32") if issparse(X) else numpy.ascontiguousarray(X, "float32")
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "data")
        joblib.dump((X, y), path)
        with Pool(min(processes, trees), open_data, (path, model, tree_args)) as pool:
            grown = pool.map(grow, seeds.tolist(), chunksize=1)
    forest = grown[0]
    forest.estimators_ = [one.estimators_[0] for one in grown]
    return forest.set_params(**model(**tree_args).get_params())


def open_data(path, *rest):
    global data, asked
    data, asked = joblib.load(path, mmap_mode="r"), rest


def grow(seed):
    model, tree_args = asked
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed, "n_jobs": None}).fit(*data)
