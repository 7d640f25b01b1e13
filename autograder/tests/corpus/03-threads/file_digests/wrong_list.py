# correct: no
# speed: not-measured
# caught by: every digest is right
# A list of digests.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(digest, paths))
