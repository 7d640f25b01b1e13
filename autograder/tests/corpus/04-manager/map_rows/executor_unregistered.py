# correct: yes
# speed: pass
# slow: yes
# An executor; workers take the block off the resource tracker, as old recipes do.

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, index):
    block = SharedMemory(name)
    resource_tracker.unregister(block._name, "shared_memory")
    matrix = numpy.ndarray(shape, dtype, buffer=block.buf)
    matrix[index] = func(matrix[index].copy())
    del matrix
    block.close()


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes) as executor:
        waiting = [executor.submit(work, func, name, shape, dtype, index) for index in range(shape[0])]
    for future in waiting:
        future.result()
