# correct: no
# speed: not-measured
# caught by: any number of rows and workers will do
# The size of a share is 0 when there are no rows.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, size):
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    for index in range(first, min(first + size, shape[0])):
        matrix[index] = func(matrix[index])
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    size = -(-shape[0] // processes)
    shares = [(func, name, shape, dtype, first, size) for first in range(0, shape[0], size)]
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
