# correct: yes
# speed: fail
# slow: yes
# joblib, told not to gather items into packets; right, but its workers take long to start.

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    try:
        return Parallel(n_jobs=processes, batch_size=1)(delayed(func)(item) for item in items)
    finally:
        get_reusable_executor().shutdown(wait=True)
