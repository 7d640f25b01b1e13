# correct: yes
# speed: fail
# slow: yes
# The matrix is locked while func computes.

from multiprocessing import Manager, Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, step, lock):
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    for index in range(first, shape[0], step):
        with lock:
            matrix[index] = func(matrix[index])
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with Manager() as manager, Pool(processes) as pool:
        lock = manager.Lock()
        shares = [(func, name, shape, dtype, first, processes, lock) for first in range(processes)]
        pool.starmap(work, shares, chunksize=1)
