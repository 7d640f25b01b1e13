# correct: no
# speed: not-measured
# slow: yes
# caught by: a forest of n_estimators trees comes back
# scikit-learn shares out the trees.

import joblib


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    return model(**{**tree_args, "n_jobs": processes}).fit(X, y)
