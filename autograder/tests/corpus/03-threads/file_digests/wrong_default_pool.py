# correct: no
# speed: not-measured
# slow: yes
# caught by: at most `workers` threads work at a time
# The pool has as many threads as it likes.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor() as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
