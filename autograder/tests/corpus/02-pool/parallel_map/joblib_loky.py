# correct: yes
# speed: fail
# slow: yes
# What scikit-learn uses. Its workers take long to start, and would stay for the next call.

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    try:
        return Parallel(n_jobs=processes)(delayed(func)(item) for item in items)
    finally:
        get_reusable_executor().shutdown(wait=True)
