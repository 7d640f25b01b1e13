# correct: no
# speed: not-measured
# caught by: both kinds of pool are measured
# Whoever burns CPU time needs processes, it is thought, and whoever waits needs threads.

from time import perf_counter, process_time


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    clock, cpu = perf_counter(), process_time()
    for item in items[:3]:
        func(item)
    burnt = (process_time() - cpu) / (perf_counter() - clock)
    return "processes" if burnt > 0.5 else "threads"
