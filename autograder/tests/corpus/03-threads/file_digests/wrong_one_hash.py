# correct: no
# speed: not-measured
# caught by: every digest is right
# One hash object for all files.

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

found = sha256()


def digest(path):
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
