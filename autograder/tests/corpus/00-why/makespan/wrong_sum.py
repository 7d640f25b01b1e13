# correct: no
# speed: not-measured
# caught by: the time is right
# The time of one worker.


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    if any(task < 0 for task in tasks):
        raise ValueError("durations must not be negative")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    return sum(tasks)
