# correct: yes
# speed: pass
# slow: yes
# A future for each path.

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def digest(path):
    found = hashlib.new("sha256")
    with Path(path).open("rb") as file:
        for part in iter(lambda: file.read(65_536), b""):
            found.update(part)
    return found.hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        futures = {path: pool.submit(digest, path) for path in paths}
        return {path: future.result() for path, future in futures.items()}
