# correct: no
# speed: not-measured
# caught by: chunks are taken whole
# Loses the short chunk at the end.


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    if any(task < 0 for task in tasks):
        raise ValueError("durations must not be negative")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    chunks = [sum(tasks[i : i + chunksize]) for i in range(0, len(tasks) - chunksize + 1, chunksize)]
    ends = [0] * workers
    for chunk in chunks:
        ends[ends.index(min(ends))] += chunk
    return max(ends)
