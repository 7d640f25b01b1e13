# correct: no
# speed: not-measured
# caught by: no copy of the matrix is sent
# A pool maps the rows: each is sent to a worker and back.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    with Pool(processes) as pool:
        for index, row in enumerate(pool.map(func, matrix)):
            matrix[index] = row
