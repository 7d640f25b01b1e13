# correct: no
# speed: not-measured
# slow: yes
# caught by: memory stays bounded
# One bytes object that grows.

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256


def digest(path):
    data = bytearray()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            data += part
    return sha256(data).hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
