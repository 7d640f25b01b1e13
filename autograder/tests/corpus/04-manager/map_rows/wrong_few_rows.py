# correct: no
# speed: not-measured
# slow: yes
# caught by: any number of rows and workers will do
# With fewer rows than workers nobody has anything to do.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, stop):
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    for index in range(first, stop):
        matrix[index] = func(matrix[index])
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    size = shape[0] // processes
    cuts = [size * number for number in range(processes)]
    shares = [(func, name, shape, dtype, first, first + size) for first in cuts]
    if size:
        shares[-1] = (func, name, shape, dtype, cuts[-1], shape[0])
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
