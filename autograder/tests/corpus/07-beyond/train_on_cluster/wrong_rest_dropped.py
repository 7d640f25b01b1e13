# correct: no
# speed: not-measured
# slow: yes
# caught by: a fitted forest comes back
from sklearn.utils import check_random_state


def grow_some(model, tree_args, X, y, number, seed):
    return model(**{**tree_args, "n_estimators": number, "random_state": seed}).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    workers = len(client.scheduler_info()["workers"])
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=workers)
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    share = number // workers
    parts = client.gather(
        [client.submit(grow_some, model, tree_args, X, y, share, seed, pure=False) for seed in seeds]
    )
    forest = parts[0]
    forest.estimators_ = [tree for part in parts for tree in part.estimators_]
    return forest.set_params(**tree_args)
