# item: gc searched; `/proc/self/mem` searched
# tries: looks for five numbers twice the items among all objects and in all memory that it can read
# contained by: the expected values never enter the box, and other processes' memory is out of reach
# seen: 'objects': 0, 'memory': 0

import gc
import glob
import json
import os
from pathlib import Path


def double(items):
    # Made up so that the search finds nothing of its own: the doubles are never built as a list here.
    def is_expected(one):
        return type(one) is list and len(one) == len(items) and one[0] == items[0] + items[0]

    objects = sum(is_expected(one) for one in gc.get_objects()) if items else 0
    text = f"[{items[0] + items[0]}".encode() if items else b"\0" * 99
    needle = bytes(byte ^ 255 for byte in text)
    del text
    memory = read = 0
    for maps in glob.glob("/proc/[0-9]*/maps"):
        if maps.startswith(f"/proc/{os.getpid()}/"):
            continue
        try:
            for line in Path(maps).read_text().splitlines():
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                with open(maps[:-4] + "mem", "rb", 0) as file:
                    file.seek(start)
                    data = file.read(end - start)
                read += len(data)
                memory += bytes(byte ^ 255 for byte in needle) in data
        except (OSError, ValueError, OverflowError):
            continue
    return json.loads(json.dumps({"objects": objects, "memory": memory}))
