# correct: no
# speed: not-measured
# caught by: every body is there
# An empty body is taken for none.

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url) as answer:
            return answer.read() or None
    except (OSError, HTTPException):
        return None


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
