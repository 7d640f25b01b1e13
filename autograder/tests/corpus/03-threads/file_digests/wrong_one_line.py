# correct: no
# speed: not-measured
# slow: yes
# caught by: memory stays bounded
# Reads line by line; and there is one line.

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256


def digest(path):
    found = sha256()
    with open(path, "rb") as file:
        for line in file:
            found.update(line)
    return found.hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
