# correct: yes
# speed: pass
# slow: yes
# Each file is read into one buffer, again and again.

from hashlib import sha256
from multiprocessing.pool import ThreadPool


def digest(path):
    found, buffer = sha256(), bytearray(1 << 20)
    view = memoryview(buffer)
    with open(path, "rb", buffering=0) as file:
        while length := file.readinto(buffer):
            found.update(view[:length])
    return found.hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPool(workers) as pool:
        return dict(zip(paths, pool.imap(digest, paths), strict=False))
