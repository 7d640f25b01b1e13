# correct: no
# speed: not-measured
# slow: yes
# caught by: no copy of the matrix is sent
# Workers read the block, but send the new rows back.

from functools import partial
from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def made(func, name, shape, dtype, index):
    block = SharedMemory(name)
    row = numpy.ndarray(shape, dtype, buffer=block.buf)[index].copy()
    block.close()
    return func(row)


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    with Pool(processes) as pool:
        for index, row in enumerate(pool.imap(partial(made, func, name, shape, dtype), range(shape[0]))):
            matrix[index] = row
        pool.close()
        pool.join()
