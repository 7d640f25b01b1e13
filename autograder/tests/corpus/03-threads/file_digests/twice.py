# correct: yes
# speed: fail
# slow: yes
# Every file is digested twice, to be sure.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digest(path):
    found = []
    for _ in range(2):
        with open(path, "rb") as file:
            found.append(file_digest(file, "sha256").hexdigest())
    assert found[0] == found[1]
    return found[0]


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
