# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# The pool is neither closed nor joined.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy

pools = []


def work(func, name, shape, dtype, first, step):
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    for index in range(first, shape[0], step):
        matrix[index] = func(matrix[index])
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    shares = [(func, name, shape, dtype, first, processes) for first in range(processes)]
    pools.append(Pool(processes))
    pools[-1].starmap(work, shares, chunksize=1)
