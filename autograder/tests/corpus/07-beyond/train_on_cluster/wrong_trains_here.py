# correct: no
# speed: not-measured
# slow: yes
# caught by: the trees are grown on the workers
def train_on_cluster(model, tree_args, X, y, client):
    return model(**tree_args).fit(X, y)
