# item: oversized answers
# tries: announces an answer of many exabytes, for a reader that makes room for it first
# contained by: the size is looked at before anything is read
# seen: the answer is too big

import os
import stat
import struct


def double(items):
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, struct.pack(">4sIQ", b"AGR1", 2**32 - 1, 2**63))
        except OSError:
            continue
    return None
