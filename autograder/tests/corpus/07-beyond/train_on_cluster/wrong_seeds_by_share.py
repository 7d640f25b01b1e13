# correct: no
# speed: not-measured
# slow: yes
# caught by: the same forest on one worker
import numpy


def grow_some(model, tree_args, X, y, number, seed):
    return model(**{**tree_args, "n_estimators": number, "random_state": seed}).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    workers = len(client.scheduler_info()["workers"])
    shares = [len(share) for share in numpy.array_split(range(number), workers)]
    seed = tree_args.get("random_state") or 0
    X, y = client.scatter([X, y], broadcast=True, hash=False)
    tasks = [
        client.submit(grow_some, model, tree_args, X, y, share, seed + place, pure=False)
        for place, share in enumerate(shares)
    ]
    parts = client.gather(tasks)
    forest = parts[0]
    forest.estimators_ = [tree for part in parts for tree in part.estimators_]
    return forest.set_params(**tree_args)
