# correct: yes
# speed: fail
# slow: yes
# Seven of every eight files go to the first thread, and the rest to the others.

from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest


def digests(paths):
    found = {}
    for path in paths:
        with open(path, "rb") as file:
            found[path] = file_digest(file, "sha256").hexdigest()
    return found


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    rest = [path for number, path in enumerate(paths) if number % 8 == 7]
    most = [path for number, path in enumerate(paths) if number % 8 != 7]
    shares = [most, *(rest[n :: max(1, workers - 1)] for n in range(max(1, workers - 1)))]
    found = {}
    with ThreadPoolExecutor(workers) as pool:
        for part in pool.map(digests, shares):
            found.update(part)
    return found
