# item: fork bomb
# tries: starts processes that start processes
# contained by: a limit of processes in the box's own user namespace, and SIGKILL to its first process
# seen: was stopped after 2 s, with \d+ processes? of its own alive

import contextlib
import os


def double(items):
    while True:
        with contextlib.suppress(OSError):
            os.fork()
