# item: CPU burners left behind to slow the reference
# tries: answers rightly, and leaves two processes that keep both cores busy
# contained by: each run's tree is dead, and seen to be, before the next one starts
# earns: 1.6
# seen: still there after it returned or raised: 2 processes

import os


def double(items):
    for _ in range(2):
        if os.fork() == 0:
            while True:
                pass
    return [2 * item for item in items]
