# correct: yes
# speed: not-measured
# slow: yes
from sklearn.utils import check_random_state


def keep(X, y):
    return X, y


def grow(data, model, tree_args, seed):
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(*data)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    data = client.submit(keep, X, y, pure=False)
    grown = [client.submit(grow, data, model, tree_args, seed, pure=False) for seed in seeds]
    forests = client.gather(grown)
    forest = forests[0]
    forest.estimators_ = [tree for one in forests for tree in one.estimators_]
    return forest.set_params(**tree_args)
