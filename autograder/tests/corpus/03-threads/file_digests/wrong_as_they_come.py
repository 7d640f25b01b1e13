# correct: no
# speed: not-measured
# caught by: every digest is right
# Digests as they come, beside paths as they were given.

from hashlib import file_digest
from multiprocessing.pool import ThreadPool


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPool(workers) as pool:
        return dict(zip(paths, pool.imap_unordered(digest, paths), strict=False))
