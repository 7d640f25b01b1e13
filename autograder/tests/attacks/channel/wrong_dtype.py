# item: wrong-dtype answers
# tries: sends eight bytes as an array of pointers to objects
# contained by: a list of number types that are let in
# seen: cannot be read: the answer holds an array of dtype 'O'

import json
import os
import stat
import struct


def double(items):
    value = {"$": "array", "buffer": 0, "dtype": "O", "shape": [1]}
    text = json.dumps({"header": {"status": "value", "value": value}, "buffers": [8]}).encode()
    frame = struct.pack(">4sIQ", b"AGR1", len(text), 8) + text + b"\xff" * 8
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, frame)
        except OSError:
            continue
    return None
