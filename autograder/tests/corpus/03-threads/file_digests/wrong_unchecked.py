# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Never asks whether there is a worker at all.

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
    digests, problems = {}, []
    threads = [Thread(target=work, args=(paths[n::workers], digests, problems)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return digests
