# item: malformed answers
# tries: sends a frame whose JSON is none
# contained by: whatever cannot be read is a wrong answer
# seen: cannot be read: the answer is not JSON

import os
import stat
import struct


def double(items):
    text = b'{"header": {"status": "value", "value": [' * 20_000
    frame = struct.pack(">4sIQ", b"AGR1", len(text), 0) + text
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                while frame:
                    frame = frame[os.write(descriptor, frame) :]
        except OSError:
            continue
    return None
