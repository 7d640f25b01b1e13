# item: wrong-shape answers
# tries: announces an array of 2**78 numbers in eight bytes
# contained by: the shape must add up to the bytes that came
# seen: cannot be read: the answer holds an array of shape

import json
import os
import stat
import struct


def double(items):
    value = {"$": "array", "buffer": 0, "dtype": "int8", "shape": [2**39, 2**39]}
    text = json.dumps({"header": {"status": "value", "value": value}, "buffers": [8]}).encode()
    frame = struct.pack(">4sIQ", b"AGR1", len(text), 8) + text + b"\xff" * 8
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, frame)
        except OSError:
            continue
    return None
