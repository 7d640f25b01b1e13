# item: zombies that outlive the run
# tries: answers rightly, and leaves twenty-five dead children that nobody has waited for
# contained by: the box's first process, and its namespace
# earns: 2
# seen: no process or thread is left

import os


def double(items):
    for _ in range(25 if items else 0):
        if os.fork() == 0:
            os._exit(0)
    return [2 * item for item in items]
