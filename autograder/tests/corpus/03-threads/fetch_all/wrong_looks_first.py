# correct: no
# speed: not-measured
# slow: yes
# caught by: every url is asked for once
# Looks whether the page is there, then fetches it.

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url) as answer:
            if answer.status != 200:
                return None
        with urlopen(url) as answer:
            return answer.read()
    except (OSError, HTTPException):
        return None


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
