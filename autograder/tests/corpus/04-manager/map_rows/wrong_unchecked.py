# correct: no
# speed: not-measured
# slow: yes
# caught by: a bad argument raises ValueError
# No look at the number of workers: the pool's message does not name it as the caller knows it.

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


def map_rows(func, name, shape, dtype, processes):
    shares = [(func, name, shape, dtype, first, max(1, processes)) for first in range(max(1, processes))]
    with Pool(max(1, processes)) as pool:
        pool.starmap(work, shares, chunksize=1)
