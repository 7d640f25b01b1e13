# correct: no
# speed: not-measured
# slow: yes
# caught by: each tree draws from all rows
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import check_random_state


def grow(seed, tree, depth, X, y):
    return tree(random_state=seed, max_depth=depth, max_features="sqrt").fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    forest = model(**{**tree_args, "n_estimators": 1}).fit(X, y)  # for classes_ and the like
    tree = DecisionTreeClassifier if hasattr(forest, "predict_proba") else DecisionTreeRegressor
    if tree is DecisionTreeClassifier:
        y = forest.classes_.searchsorted(y)
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    depth = tree_args.get("max_depth")
    grown = client.map(grow, seeds, tree=tree, depth=depth, X=X, y=y, pure=False)
    forest.estimators_ = client.gather(grown)
    return forest.set_params(**tree_args)
