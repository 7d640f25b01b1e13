# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Looks at no argument.


def makespan(durations, workers, chunksize=1):
    tasks = list(durations)
    chunks = [sum(tasks[i : i + chunksize]) for i in range(0, len(tasks), chunksize)]
    ends = [0] * workers
    for chunk in chunks:
        ends[ends.index(min(ends))] += chunk
    return max(ends)
