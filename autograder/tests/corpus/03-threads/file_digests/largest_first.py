# correct: yes
# speed: pass
# slow: yes
# The largest files are begun first.

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256


def digest(path):
    found = sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 18):
            found.update(part)
    return found.hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    ordered = sorted(paths, key=os.path.getsize, reverse=True)
    with ThreadPoolExecutor(workers) as pool:
        found = dict(zip(ordered, pool.map(digest, ordered), strict=False))
    return {path: found[path] for path in paths}
