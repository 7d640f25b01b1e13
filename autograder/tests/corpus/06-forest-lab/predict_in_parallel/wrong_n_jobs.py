# correct: no
# speed: not-measured
# slow: yes
# caught by: every row has its prediction

import joblib


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    forest.n_jobs = processes
    return forest.predict(X)
