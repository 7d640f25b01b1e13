# correct: yes
# speed: fail
# slow: yes
# A lock around the whole fetch: the threads stand in line.

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Lock
from urllib.request import urlopen

lock = Lock()


def fetch(url):
    with lock:
        try:
            with urlopen(url) as answer:
                return answer.read()
        except (OSError, HTTPException):
            return None


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
