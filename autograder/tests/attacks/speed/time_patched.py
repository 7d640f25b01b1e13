# item: `time` patched
# tries: slows the clock of everybody it can reach, and works alone
# contained by: the harness's clock, and the kernel's accounts, are read outside

import time

for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    clock = getattr(time, name)
    setattr(time, name, lambda clock=clock: clock() / 10)
time.clock_gettime = lambda which: 0.0


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    return [func(item) for item in items]
