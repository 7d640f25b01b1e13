# correct: no
# speed: not-measured
# slow: yes
# caught by: every worker grows some of them
def train(model, tree_args, X, y):
    return model(**tree_args).fit(X, y)


def train_on_cluster(model, tree_args, X, y, client):
    return client.submit(train, model, tree_args, X, y, pure=False).result()
