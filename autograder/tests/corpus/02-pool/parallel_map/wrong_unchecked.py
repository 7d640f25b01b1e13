# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError
# Leaves it to the executor to say what is wrong with its own argument.

from concurrent.futures import ProcessPoolExecutor


def parallel_map(func, items, processes):
    with ProcessPoolExecutor(max_workers=processes) as executor:
        return list(executor.map(func, items))
