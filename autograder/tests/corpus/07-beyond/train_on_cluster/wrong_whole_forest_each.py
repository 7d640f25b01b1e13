# correct: no
# speed: not-measured
# slow: yes
# caught by: no tree is grown in vain
from sklearn.utils import check_random_state


def grow(seed, model, tree_args, X, y):
    return model(**{**tree_args, "random_state": seed}).fit(X, y)  # all n_estimators, of which one is taken


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    grown = client.map(grow, seeds, model=model, tree_args=tree_args, X=X, y=y, pure=False)
    parts = client.gather(grown)
    forest = parts[0]
    forest.estimators_ = [part.estimators_[0] for part in parts]
    return forest.set_params(**{"random_state": None, **tree_args})
