# correct: yes
# speed: fail
# A loop: one file after the other.

from hashlib import file_digest


def digest(path):
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    return {path: digest(path) for path in paths}
