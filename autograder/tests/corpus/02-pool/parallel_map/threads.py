# correct: yes
# speed: fail
# Right, but threads take turns at Python code.

from multiprocessing.pool import ThreadPool


def parallel_map(func, items, processes):
    with ThreadPool(processes) as pool:
        return pool.map(func, items)
