# correct: no
# speed: not-measured
# caught by: durations may be a generator
# Asks a generator for its length.


def makespan(durations, workers, chunksize=1):
    tasks = durations
    if len(tasks) and min(tasks) < 0:
        raise ValueError("durations must not be negative")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    chunks = [sum(tasks[i : i + chunksize]) for i in range(0, len(tasks), chunksize)]
    ends = [0] * workers
    for chunk in chunks:
        ends[ends.index(min(ends))] += chunk
    return max(ends)
