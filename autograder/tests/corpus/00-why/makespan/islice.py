# correct: yes
# speed: not-measured
# Chunks are taken from an iterator.

from itertools import islice


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    if any(task < 0 for task in tasks):
        raise ValueError("durations must not be negative")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    source, ends = iter(tasks), [0] * workers
    while chunk := list(islice(source, chunksize)):
        first = min(range(workers), key=ends.__getitem__)
        ends[first] += sum(chunk)
    return max(ends)
