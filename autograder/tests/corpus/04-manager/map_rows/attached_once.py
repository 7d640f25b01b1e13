# correct: yes
# speed: pass
# slow: yes
# The pool's workers attach when they start.

from multiprocessing import Pool
from multiprocessing.shared_memory import SharedMemory

import numpy


def attach(func_to_call, name, shape, dtype):
    global func, block, matrix
    func = func_to_call
    block = SharedMemory(name)
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)


def work(index):
    matrix[index] = func(matrix[index])


def map_rows(func, name, shape, dtype, processes):
    if processes <= 0:
        raise ValueError("processes: at least one is needed")
    with Pool(processes, attach, (func, name, shape, dtype)) as pool:
        pool.map(work, range(shape[0]), chunksize=1)
