# correct: yes
# speed: fail
# slow: yes
# The first worker gets five rows of six.

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
    cut = shape[0] * 5 // 6 if processes > 1 else shape[0]
    shares = [(func, name, shape, dtype, *share) for share in ((0, cut), (cut, shape[0]))]
    with Pool(processes) as pool:
        pool.starmap(work, shares, chunksize=1)
