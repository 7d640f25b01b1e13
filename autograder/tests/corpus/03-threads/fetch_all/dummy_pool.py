# correct: yes
# speed: pass
# The pool of the slides: multiprocessing.dummy has threads.

from http.client import HTTPException
from multiprocessing.dummy import Pool
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url, timeout=30) as answer:
            return answer.read()
    except (OSError, HTTPException):
        return None


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with Pool(workers) as pool:
        bodies = pool.map(fetch, urls, chunksize=1)
        pool.close()
        pool.join()
    return bodies
