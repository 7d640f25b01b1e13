# correct: yes
# speed: fail
# slow: yes
# In place, and one row after the other.

from multiprocessing.shared_memory import SharedMemory

import numpy


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    block = SharedMemory(name)
    for row in numpy.ndarray(shape, dtype, buffer=block.buf):
        row[:] = func(row)
