# item: inode flood
# tries: makes empty files without end: they take no blocks, but the kernel's memory
# contained by: the watcher counts files, and the time limit; then all of them go with the box
# seen: was stopped|No space left on device|ended without an answer

import itertools
import os


def double(items):
    for number in itertools.count():
        os.close(os.open(f"/tmp/{number}", os.O_CREAT))
