# correct: yes
# speed: not-measured
# slow: yes
import numpy
from sklearn.utils import check_random_state


def grow_some(model, tree_args, X, y, seeds):
    grown = [model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y) for seed in seeds]
    return grown[0], [one.estimators_[0] for one in grown]


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    shares = numpy.array_split(seeds, min(number, sum(client.nthreads().values())))
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    tasks = [client.submit(grow_some, model, tree_args, X, y, share, pure=False) for share in shares]
    parts = client.gather(tasks)
    forest = parts[0][0]
    forest.estimators_ = [tree for _, trees in parts for tree in trees]
    return forest.set_params(**tree_args)
