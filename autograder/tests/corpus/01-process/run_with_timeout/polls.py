# correct: yes
# speed: not-measured
# Looks at the clock and at the process in turn.

import time
from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    deadline = time.monotonic() + seconds
    process = Process(target=target, args=args, daemon=True)
    process.start()
    while process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    finished = not process.is_alive()
    while process.is_alive():
        process.kill()
        process.join(0.1)
    return finished
