# correct: no
# speed: not-measured
# slow: yes
# caught by: sparse X and a regressor will do
def grow(seed, model, tree_args, X, y):
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    seeds = [tree_args["random_state"] + place for place in range(number)]
    grown = client.map(grow, seeds, model=model, tree_args=tree_args, X=X, y=y, pure=False)
    parts = client.gather(grown)
    forest = parts[0]
    forest.estimators_ = [part.estimators_[0] for part in parts]
    return forest.set_params(**{"random_state": None, **tree_args})
