# correct: yes
# speed: not-measured
# An array of ends.

import numpy as np


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    if any(task < 0 for task in tasks):
        raise ValueError("durations must not be negative")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    chunks = [sum(tasks[i : i + chunksize]) for i in range(0, len(tasks), chunksize)]
    ends = np.zeros(workers)
    for chunk in chunks:
        ends[ends.argmin()] += chunk
    return ends.max()
