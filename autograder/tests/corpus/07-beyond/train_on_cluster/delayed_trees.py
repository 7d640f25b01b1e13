# correct: yes
# speed: not-measured
# slow: yes
import random

from dask import delayed


def grow(model, tree_args, X, y, seed):
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError("n_estimators must be positive")
    numbers = random.Random(tree_args.get("random_state"))
    rows, labels = client.scatter([X, y], broadcast=True)
    trees = [
        delayed(grow, pure=False)(model, tree_args, rows, labels, numbers.getrandbits(31))
        for _ in range(number)
    ]
    first, *others = client.gather(client.compute(trees))
    for other in others:
        first.estimators_ += other.estimators_
    return first.set_params(**tree_args)
