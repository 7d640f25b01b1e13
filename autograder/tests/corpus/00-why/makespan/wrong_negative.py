# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Takes negative durations.


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    chunks = [sum(tasks[i : i + chunksize]) for i in range(0, len(tasks), chunksize)]
    ends = [0] * workers
    for chunk in chunks:
        ends[ends.index(min(ends))] += chunk
    return max(ends)
