# correct: no
# speed: not-measured
# caught by: at most `workers` requests at a time
# A thread for each url, all at once.

from http.client import HTTPException
from threading import Thread
from urllib.request import urlopen


def fetch(url, place, bodies):
    try:
        with urlopen(url) as answer:
            bodies[place] = answer.read()
    except (OSError, HTTPException):
        bodies[place] = None


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    bodies = {}
    threads = [Thread(target=fetch, args=(url, place, bodies)) for place, url in enumerate(urls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [bodies[place] for place in range(len(threads))]
