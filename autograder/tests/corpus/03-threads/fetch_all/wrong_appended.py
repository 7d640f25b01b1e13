# correct: no
# speed: not-measured
# slow: yes
# caught by: bodies are in the order of the urls
# Every thread appends to one list when it is done.

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.request import urlopen


def fetch_all(urls, workers):
    bodies = []

    def fetch(url):
        try:
            with urlopen(url) as answer:
                bodies.append(answer.read())
        except (OSError, HTTPException):
            bodies.append(None)

    with ThreadPoolExecutor(workers) as pool:
        for url in urls:
            pool.submit(fetch, url)
    return bodies
