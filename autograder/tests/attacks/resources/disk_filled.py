# item: disk filled
# tries: fills the disk, wherever it can write
# contained by: only small places in memory can be written to
# seen: \['/dev/shm', '/tmp', '/work'\]|to have 5 items, got 3: \['/dev/shm', '/tmp', '/work'\]

import os


def double(items):
    filled = []
    for folder in (
        "/",
        "/dev/shm",
        "/tmp",
        "/work",
        "/usr",
        "/var/tmp",
        "/answers",
        "/box",
        os.path.expanduser("~"),
    ):
        try:
            with open(f"{folder}/filler", "xb", buffering=0) as file:
                for _ in range(4096):
                    if file.write(bytes(1 << 20)) < 1 << 20:
                        filled.append(folder)
                        break
        except OSError:
            if os.path.exists(f"{folder}/filler"):
                filled.append(folder)
    return sorted(set(filled))
