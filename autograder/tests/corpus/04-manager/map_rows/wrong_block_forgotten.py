# correct: no
# speed: not-measured
# caught by: every row is what func made of it
# Keeps the array and forgets the block, which is closed with its last reference: a crash.

from multiprocessing import Process
from multiprocessing.shared_memory import SharedMemory

import numpy


def attached(name, shape, dtype):
    return numpy.ndarray(shape, dtype, buffer=SharedMemory(name).buf)


def work(func, name, shape, dtype, first, step):
    matrix = attached(name, shape, dtype)
    for row in matrix[first::step]:
        row[:] = func(row)


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    shares = [(func, name, shape, dtype, first, processes) for first in range(processes)]
    workers = [Process(target=work, args=share) for share in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
