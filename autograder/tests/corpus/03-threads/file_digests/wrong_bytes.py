# correct: no
# speed: not-measured
# caught by: every digest is right
# The digest itself, not its hexadecimal digits.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").digest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
