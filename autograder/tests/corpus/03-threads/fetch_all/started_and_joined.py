# correct: yes
# speed: fail
# slow: yes
# A thread for each url, joined before the next one is started.

from http.client import HTTPException
from threading import Thread
from urllib.request import urlopen


def fetch(url, bodies):
    try:
        with urlopen(url) as answer:
            bodies.append(answer.read())
    except (OSError, HTTPException):
        bodies.append(None)


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    bodies = []
    for url in urls:
        thread = Thread(target=fetch, args=(url, bodies))
        thread.start()
        thread.join()
    return bodies
