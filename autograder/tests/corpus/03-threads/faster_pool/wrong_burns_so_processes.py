# correct: no
# speed: not-measured
# caught by: both kinds of pool are measured
# As if all that takes CPU time held the interpreter: and what must be sent does not count.

from time import perf_counter, process_time


def faster_pool(func, items, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    clock, cpu = perf_counter(), process_time()
    for item in items[:8]:
        func(item)
    return "processes" if process_time() - cpu > 0.01 * (perf_counter() - clock) else "threads"
