# correct: yes
# speed: not-measured
# slow: yes
from distributed import as_completed
from numpy.random import SeedSequence


def grow(model, tree_args, seed, X, y):
    return model(**dict(tree_args, n_estimators=1, random_state=seed)).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"tree_args: n_estimators is {trees}, but a forest has at least one tree")
    seeds = SeedSequence(tree_args.get("random_state")).generate_state(trees)
    here = client.scatter(X, broadcast=True, hash=False)
    labels = client.scatter([y], broadcast=True, hash=False)[0]
    place = {
        client.submit(grow, model, tree_args, int(seed), here, labels, pure=False): number
        for number, seed in enumerate(seeds)
    }
    grown = [None] * trees
    for future, small in as_completed(place, with_results=True):
        grown[place[future]] = small
    forest = grown[0]
    forest.set_params(n_estimators=trees, random_state=tree_args.get("random_state"))
    forest.estimators_ = [small.estimators_[0] for small in grown]
    return forest
