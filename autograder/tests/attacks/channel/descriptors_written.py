# item: other file descriptors found and written
# tries: writes an answer with full marks into every descriptor that is open
# contained by: only one socket is inherited, and a frame carries a value and never a mark
# seen: got None

import json
import os
import struct


def double(items):
    header = {"header": {"status": "value", "value": None, "points": 2.0, "passed": True}, "buffers": []}
    text = json.dumps(header).encode()
    frame = struct.pack(">4sIQ", b"AGR1", len(text), 0) + text
    for descriptor in range(3, 512):
        try:
            os.write(descriptor, frame)
        except OSError:
            continue
    return None
