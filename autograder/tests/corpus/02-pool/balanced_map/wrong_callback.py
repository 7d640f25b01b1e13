# correct: no
# speed: not-measured
# slow: yes
# caught by: results are in the order of the items
# Results gathered by a callback, in the order of their arrival.

from multiprocessing import Pool


def balanced_map(func, items, processes):
    results = []
    with Pool(processes) as pool:
        for item in items:
            pool.apply_async(func, (item,), callback=results.append)
        pool.close()
        pool.join()
    return results
