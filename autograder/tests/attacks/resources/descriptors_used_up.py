# item: file descriptors used up
# tries: opens files without end, so that nobody can open another
# contained by: a limit for each process of the box
# seen: it raised OSError: \[Errno 24\] Too many open files

import os


def double(items):
    while True:
        os.open("/dev/null", os.O_RDONLY)
