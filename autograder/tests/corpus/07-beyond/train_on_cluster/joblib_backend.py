# correct: yes
# speed: not-measured
from joblib import parallel_config


def train_on_cluster(model, tree_args, X, y, client):
    with parallel_config(backend="dask", client=client):
        return model(**tree_args).fit(X, y)
