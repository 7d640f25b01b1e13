# item: oversized answers
# tries: has the complaint about an answer be ten million characters long, in report and gradebook
# contained by: what is told of a broken answer is cut
# seen: cannot be read: the answer holds an unknown mark 'A{200,300}\n

import json
import os
import stat
import struct


def double(items):
    value = {"$": "A" * 10_000_000}
    text = json.dumps({"header": {"status": "value", "value": value}, "buffers": []}).encode()
    frame = struct.pack(">4sIQ", b"AGR1", len(text), 0) + text
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                while frame:
                    frame = frame[os.write(descriptor, frame) :]
        except OSError:
            continue
    return None
