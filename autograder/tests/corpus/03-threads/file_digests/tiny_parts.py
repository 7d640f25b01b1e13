# correct: yes
# speed: fail
# slow: yes
# Parts of 1 KiB: hashlib keeps the interpreter's lock for so little.

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256


def digest(path):
    found = sha256()
    with open(path, "rb") as file:
        while part := file.read(1024):
            found.update(part)
    return found.hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
