# correct: yes
# speed: pass
# slow: yes
# ThreadPool gives bodies one by one, in order.

from http.client import HTTPException
from multiprocessing.pool import ThreadPool
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
    with ThreadPool(workers) as pool:
        return list(pool.imap(fetch, urls))
