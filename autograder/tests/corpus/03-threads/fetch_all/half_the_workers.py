# correct: yes
# speed: fail
# slow: yes
# Half of the workers stay at home.

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
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor((workers + 1) // 2) as pool:
        return list(pool.map(fetch, urls))
