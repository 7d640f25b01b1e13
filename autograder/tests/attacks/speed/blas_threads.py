# item: BLAS threads in the reference
# tries: asks BLAS and OpenMP for many threads, for whoever computes after it in the same environment
# contained by: the reference has a box of its own, whose environment asks for one thread

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "64"


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    os.environ["OMP_NUM_THREADS"] = "64"
    return [func(item) for item in items]
