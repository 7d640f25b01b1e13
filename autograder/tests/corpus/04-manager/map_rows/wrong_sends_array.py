# correct: no
# speed: not-measured
# caught by: every row is what func made of it
# Hands the array to the workers: each gets a copy.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, matrix, first, step):
    for row in matrix[first::step]:
        row[:] = func(row)


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    with Pool(processes) as pool:
        pool.starmap(work, [(func, matrix, first, processes) for first in range(processes)])
