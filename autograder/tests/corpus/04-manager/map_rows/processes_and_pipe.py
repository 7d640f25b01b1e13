# correct: yes
# speed: pass
# slow: yes
# Contiguous shares by hand; a worker's exception comes through a pipe.

import itertools
from multiprocessing import Pipe, Process
from multiprocessing.shared_memory import SharedMemory

import numpy


def work(func, name, shape, dtype, start, stop, end):
    block = SharedMemory(name)
    try:
        for row in numpy.frombuffer(block.buf, dtype, shape[0] * shape[1]).reshape(shape)[start:stop]:
            row[:] = func(row)
        end.send(None)
    except Exception as error:
        end.send(error)


def map_rows(func, name, shape, dtype, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    cuts = [shape[0] * number // processes for number in range(processes + 1)]
    workers = []
    for start, stop in itertools.pairwise(cuts):
        mine, theirs = Pipe(duplex=False)
        worker = Process(target=work, args=(func, name, shape, dtype, start, stop, theirs))
        worker.start()
        workers.append((worker, mine))
    errors = [mine.recv() for _, mine in workers]
    for worker, _ in workers:
        worker.join()
    for error in errors:
        if error is not None:
            raise error
