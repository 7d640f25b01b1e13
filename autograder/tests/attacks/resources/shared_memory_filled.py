# item: /dev/shm filled
# tries: fills the machine's shared memory
# contained by: a private /dev/shm of limited size
# seen: it raised OSError: \[Errno 28\] No space left on device

import itertools
import os


def double(items):
    for number in itertools.count():
        with open(f"/dev/shm/filler-{number}", "wb", buffering=0) as file:
            for _ in range(8):
                if file.write(bytes(1 << 20)) < 1 << 20:
                    os.write(os.open("/dev/shm/one-more", os.O_CREAT | os.O_WRONLY), bytes(1 << 20))
