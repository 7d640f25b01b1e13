# correct: no
# speed: not-measured
# caught by: the block is still there afterwards
# Each worker unlinks the block when it is done.

import contextlib
from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, step):
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    for index in range(first, shape[0], step):
        matrix[index] = func(matrix[index])
    del matrix
    block.close()
    with contextlib.suppress(FileNotFoundError):
        block.unlink()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    shares = [(func, name, shape, dtype, first, processes) for first in range(processes)]
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
