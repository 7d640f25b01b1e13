# correct: no
# speed: not-measured
# slow: yes
# caught by: func runs in worker processes
# Threads in place of processes.

from multiprocessing import Manager
from multiprocessing.dummy import Pool


def collect(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    items = list(items)
    with Manager() as manager, Pool(processes) as pool:
        results = manager.dict(zip(items, pool.map(func, items), strict=True))
        pool.close()
        pool.join()
        return dict(results)
