# correct: no
# speed: not-measured
# slow: yes
# caught by: any dtype will do
# Takes all numbers for float64.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, step):
    block = SharedMemory(name)
    rows = len(block.buf) // (8 * shape[1])
    shape = (min(rows, shape[0]), shape[1])
    matrix = numpy.ndarray(shape, float, buffer=block.buf)
    for index in range(first, shape[0], step):
        matrix[index] = func(matrix[index])
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    shares = [(func, name, shape, dtype, first, processes) for first in range(processes)]
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
