# correct: no
# speed: not-measured
# slow: yes
# caught by: a missing file raises its error
# A thread that dies of an exception tells nobody.

from hashlib import file_digest
from threading import Thread


def work(paths, digests):
    for path in paths:
        with open(path, "rb") as file:
            digests[path] = file_digest(file, "sha256").hexdigest()


def file_digests(paths, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    digests = {}
    threads = [Thread(target=work, args=(paths[n::workers], digests)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return digests
