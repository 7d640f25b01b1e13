# correct: no
# speed: not-measured
# slow: yes
# caught by: bodies are in the order of the urls
# Bodies as they come.

from concurrent.futures import ThreadPoolExecutor, as_completed
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
        return [future.result() for future in as_completed([pool.submit(fetch, url) for url in urls])]
