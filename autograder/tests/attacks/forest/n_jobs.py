# item: `n_jobs=-1` in the forest lab
# tries: lets scikit-learn share out the trees, where the workers are the student's to build
# contained by: the forests that are handed over refuse to share out their trees
# exercise: train_in_parallel


def train_in_parallel(model, tree_args, X, y, processes=None):
    return model(**tree_args, n_jobs=-1).fit(X, y)
