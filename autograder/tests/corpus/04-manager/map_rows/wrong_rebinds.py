# correct: no
# speed: not-measured
# caught by: every row is what func made of it
# `row = func(row)` gives the name row to something new, and leaves the matrix as it is.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, step):
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    for row in matrix[first::step]:
        row = func(row)
        del row
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    shares = [(func, name, shape, dtype, first, processes) for first in range(processes)]
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
