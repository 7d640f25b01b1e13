# correct: yes
# speed: pass
# What scikit-learn uses. Its workers stay for the next call, unless they are sent home.

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    try:
        return Parallel(n_jobs=processes)(delayed(func)(item) for item in items)
    finally:
        get_reusable_executor().shutdown(wait=True)
