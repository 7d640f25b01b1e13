# correct: no
# speed: not-measured
# caught by: every digest is right
# Reads the first megabyte only.

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256


def digest(path):
    with open(path, "rb") as file:
        return sha256(file.read(1 << 20)).hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
