# correct: no
# speed: not-measured
# slow: yes
# caught by: a worker that is killed loses nothing
from sklearn.utils import check_random_state


def grow_some(model, tree_args, X, y, seeds):
    return [model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y) for seed in seeds]


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    workers = list(client.scheduler_info()["workers"])
    parts = [None] * number
    shares = {worker: seeds[place :: len(workers)] for place, worker in enumerate(workers)}
    grown = client.run(grow_share, model, tree_args, X, y, shares)
    for place, worker in enumerate(workers):
        parts[place :: len(workers)] = grown[worker]
    forest = parts[0]
    forest.estimators_ = [part.estimators_[0] for part in parts]
    return forest.set_params(**{"random_state": None, **tree_args})


def grow_share(model, tree_args, X, y, shares, dask_worker):
    return grow_some(model, tree_args, X, y, shares[dask_worker.address])
