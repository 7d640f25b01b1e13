# correct: yes
# speed: pass
# By hand: each thread takes every n-th path, and hands an exception on.

from hashlib import file_digest
from threading import Thread


def work(paths, digests, problems):
    try:
        for path in paths:
            with open(path, "rb") as file:
                digests[path] = file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        problems.append(problem)


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    digests, problems = {}, []
    threads = [Thread(target=work, args=(paths[n::workers], digests, problems)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return digests
