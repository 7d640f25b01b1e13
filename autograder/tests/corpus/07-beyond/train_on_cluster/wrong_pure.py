# correct: no
# speed: not-measured
# slow: yes
# caught by: no two trees are alike
def grow(model, tree_args, X, y):
    return model(**{**tree_args, "n_estimators": 1}).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    grown = [client.submit(grow, model, tree_args, X, y) for _ in range(number)]
    parts = client.gather(grown)
    forest = parts[0]
    forest.estimators_ = [part.estimators_[0] for part in parts]
    return forest.set_params(**{"random_state": None, **tree_args})
