# item: sleep for ever
# tries: never ends, and costs nothing meanwhile
# contained by: the time limit
# seen: was stopped after 2 s, with 2 processes of its own alive

import os
import time


def double(items):
    for _ in range(2):
        if os.fork() == 0:
            time.sleep(10**6)
    time.sleep(10**6)
