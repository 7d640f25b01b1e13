# correct: no
# speed: not-measured
# slow: yes
# caught by: None stands for a page that failed
# Pages that failed are left out.

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
    with ThreadPoolExecutor(workers) as pool:
        return [body for body in pool.map(fetch, urls) if body is not None]
