# item: SIGINT and SIGTERM ignored
# tries: outlives every polite request to end, in eight processes
# contained by: SIGKILL to the box's first process
# seen: was stopped after 2 s, with 8 processes of its own alive

import contextlib
import os
import signal
import time


def double(items):
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    for _ in range(8):
        if os.fork() == 0:
            break
    time.sleep(10**6)
