# item: signal handlers
# tries: answers every signal, and a limit of time, by going on
# contained by: SIGKILL to the box's first process
# seen: was stopped after 2 s

import contextlib
import signal
import time


def double(items):
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, lambda *arguments: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    for _ in range(80):
        time.sleep(0.1)
    return [2 * item for item in items]
