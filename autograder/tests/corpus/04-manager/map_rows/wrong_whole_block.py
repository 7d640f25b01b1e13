# correct: no
# speed: not-measured
# slow: yes
# caught by: the block may be longer than the matrix
# Takes the whole block for the matrix.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, step):
    block = SharedMemory(name)
    matrix = numpy.frombuffer(block.buf, dtype).reshape(-1, shape[1])
    for index in range(first, len(matrix), step):
        matrix[index] = func(matrix[index])
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    shares = [(func, name, shape, dtype, first, processes) for first in range(processes)]
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
