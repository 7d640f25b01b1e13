# correct: no
# speed: not-measured
# caught by: threads do it, no processes
# A thread for each worker, but another program does the work.

from concurrent.futures import ThreadPoolExecutor
from subprocess import run


def digest(path):
    told = run(["sha256sum", path], capture_output=True, text=True)
    if told.returncode:
        raise FileNotFoundError(told.stderr)
    return told.stdout.split()[0]


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(paths, pool.map(digest, paths), strict=False))
