# correct: yes
# speed: fail
# slow: yes
# Every task carries a table of 8 MB that all tasks share, and is pickled with it.

from concurrent.futures import ProcessPoolExecutor


def call(func, item, table):
    return func(item)


def balanced_map(func, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    table = bytes(8_000_000)
    with ProcessPoolExecutor(processes) as executor:
        futures = [executor.submit(call, func, item, table) for item in items]
        return [future.result() for future in futures]
