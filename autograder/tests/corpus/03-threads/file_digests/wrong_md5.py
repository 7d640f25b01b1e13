# correct: no
# speed: not-measured
# caught by: every digest is right
# Another hash.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "md5").hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
