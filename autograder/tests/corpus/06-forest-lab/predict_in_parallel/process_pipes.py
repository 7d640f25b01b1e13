# correct: yes
# speed: pass
# slow: yes

import itertools
from multiprocessing import Pipe, Process

import joblib
import numpy


def predict_in_parallel(forest, X, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    rows = X.shape[0]
    workers = max(1, min(processes, rows))
    ends = [rows * part // workers for part in range(workers + 1)]
    parts = [X[start:end] for start, end in itertools.pairwise(ends)]
    pipes, children = [], []
    for part in parts:
        mine, theirs = Pipe(duplex=False)
        child = Process(target=work, args=(theirs, forest, part))
        child.start()
        theirs.close()
        pipes.append(mine)
        children.append(child)
    answers = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return numpy.concatenate(answers)


def work(pipe, forest, rows):
    try:
        pipe.send(forest.predict(rows))
    except Exception as error:
        pipe.send(error)
