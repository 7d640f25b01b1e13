# correct: yes
# speed: not-measured
# slow: yes
from distributed import WorkerPlugin, get_worker
from sklearn.utils import check_random_state


class Data(WorkerPlugin):
    def __init__(self, X, y):
        self.X = X
        self.y = y


def grow(seed, name, model, tree_args):
    data = get_worker().plugins[name]
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(data.X, data.y)


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    client.register_plugin(Data(X, y), name="the data of train_on_cluster")
    try:
        options = {"name": "the data of train_on_cluster", "model": model, "tree_args": tree_args}
        grown = client.gather(client.map(grow, seeds, pure=False, **options))
    finally:
        client.unregister_worker_plugin("the data of train_on_cluster")
    forest = grown[0]
    forest.estimators_ = [one.estimators_[0] for one in grown]
    return forest.set_params(**tree_args)
