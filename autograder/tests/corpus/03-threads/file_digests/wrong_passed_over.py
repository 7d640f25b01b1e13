# correct: no
# speed: not-measured
# slow: yes
# caught by: a missing file raises its error
# What cannot be read gets None.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    try:
        with open(path, "rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
