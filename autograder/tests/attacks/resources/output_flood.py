# item: 1 GB of output
# tries: prints a gigabyte
# contained by: the reader of the output kills the box after a mebibyte
# seen: was stopped: it printed more than

import os


def double(items):
    for _ in range(1024):
        os.write(1, b"x" * (1 << 20))
    return [2 * item for item in items]
