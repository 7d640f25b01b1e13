# correct: no
# speed: not-measured
# caught by: every digest is right
# Files are called by their names, without the folder.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from pathlib import Path


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(workers) as pool:
        return {Path(path).name: found for path, found in zip(paths, pool.map(digest, paths), strict=False)}
