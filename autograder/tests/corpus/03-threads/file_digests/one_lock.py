# correct: yes
# speed: fail
# A lock around reading and hashing: the threads stand in line.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from threading import Lock

lock = Lock()


def digest(path):
    with lock, open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
