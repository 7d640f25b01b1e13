# correct: yes
# speed: not-measured
# slow: yes
import joblib
from sklearn.base import clone
from sklearn.utils import check_random_state


def train_on_cluster(model, tree_args, X, y, client):
    number = tree_args["n_estimators"]
    if number < 1:
        raise ValueError(f"n_estimators must be at least 1, got {number}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=number)
    one = model(**{**tree_args, "n_estimators": 1})
    with joblib.parallel_config("dask", client=client, scatter=[X, y]):
        grown = joblib.Parallel()(
            joblib.delayed(clone(one).set_params(random_state=seed).fit)(X, y) for seed in seeds
        )
    forest = grown[0]
    forest.estimators_ = [small.estimators_[0] for small in grown]
    return forest.set_params(**tree_args)
