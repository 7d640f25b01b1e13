# correct: no
# speed: not-measured
# caught by: memory stays bounded
# Reads part by part, and keeps all parts.

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256


def digest(path):
    with open(path, "rb") as file:
        parts = list(iter(lambda: file.read(1 << 20), b""))
    return sha256(b"".join(parts)).hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
