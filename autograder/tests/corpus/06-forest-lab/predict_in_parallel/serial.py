# correct: yes
# speed: fail
# slow: yes

import joblib


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    return forest.predict(X)
