# correct: yes
# speed: fail
# slow: yes
# A pool with one thread.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(1) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
