# correct: no
# speed: not-measured
# slow: yes
# caught by: an exception of func reaches the caller
# Processes whose exit code nobody looks at.

from multiprocessing import Process
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, first, step):
    block = SharedMemory(name)
    for row in numpy.ndarray(shape, dtype, buffer=block.buf)[first::step]:
        row[:] = func(row)


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    workers = [
        Process(target=work, args=(func, name, shape, dtype, first, processes)) for first in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
