# item: memory
# tries: takes memory without end, a little in each of many processes
# contained by: the watcher adds up the tree
# seen: was stopped: it used (more than )?[\d,]+ MiB of memory

import os
import time


def double(items):
    for _ in range(12):
        if os.fork() == 0:
            taken = bytearray(os.urandom(1 << 20) * 40)
            time.sleep(60)
            os._exit(len(taken) % 2)
    time.sleep(60)
