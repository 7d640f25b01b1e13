# item: `time` patched
# tries: stops every clock, then takes longer than it may
# contained by: the clock is outside, in the harness
# seen: was stopped after 2 s

import time

sleep = time.sleep
for name in ("time", "monotonic", "perf_counter", "process_time"):
    setattr(time, name, lambda: 0.0)
time.sleep = lambda seconds: None


def double(items):
    sleep(8)
    return [2 * item for item in items]
