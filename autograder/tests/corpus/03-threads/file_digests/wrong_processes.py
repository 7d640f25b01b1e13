# correct: no
# speed: not-measured
# caught by: threads do it, no processes
# Processes, not threads.

from concurrent.futures import ProcessPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    with ProcessPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
