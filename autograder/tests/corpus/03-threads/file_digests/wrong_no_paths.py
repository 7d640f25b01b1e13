# correct: no
# speed: not-measured
# slow: yes
# caught by: no paths give an empty dict
# No more threads than files; and none at all for no files.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    with ThreadPoolExecutor(min(workers, len(paths))) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
