# correct: yes
# speed: not-measured
# The list of ends is kept sorted.


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    if any(task < 0 for task in tasks):
        raise ValueError("durations must not be negative")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if chunksize < 1:
        raise ValueError(f"chunksize must be at least 1, got {chunksize}")
    chunks = [sum(tasks[i : i + chunksize]) for i in range(0, len(tasks), chunksize)]
    ends = [0] * workers
    for chunk in chunks:
        ends = sorted([ends[0] + chunk, *ends[1:]])
    return ends[-1]
