# correct: no
# speed: not-measured
# caught by: no urls give an empty list
# No more threads than urls; and none at all for no urls.

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url, timeout=30) as answer:
            return answer.read()
    except (OSError, HTTPException):
        return None


def fetch_all(urls, workers):
    urls = list(urls)
    with ThreadPoolExecutor(min(workers, len(urls))) as pool:
        return list(pool.map(fetch, urls))
