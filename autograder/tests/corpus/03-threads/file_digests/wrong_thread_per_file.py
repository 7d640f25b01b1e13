# correct: no
# speed: not-measured
# caught by: at most `workers` threads work at a time
# A thread for each file, all at once.

from hashlib import file_digest
from threading import Thread


def work(path, digests, problems):
    try:
        with open(path, "rb") as file:
            digests[path] = file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        problems.append(problem)


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    digests, problems = {}, []
    threads = [Thread(target=work, args=(path, digests, problems)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return digests
