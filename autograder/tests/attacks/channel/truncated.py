# item: truncated answers
# tries: sends half a frame and ends, for a reader that waits for the rest
# contained by: the end of the socket is the end, and there is a deadline
# seen: ended without an answer

import os
import stat
import struct


def double(items):
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, struct.pack(">4sIQ", b"AGR1", 500, 9) + b'{"header": {"status": "val')
        except OSError:
            continue
    os._exit(0)
