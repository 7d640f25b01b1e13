# correct: yes
# speed: pass
# slow: yes
# A thread for each url, but a semaphore lets only so many ask at a time.

from http.client import HTTPException
from threading import Semaphore, Thread
from urllib.request import urlopen


def fetch(url, place, bodies, free):
    with free:
        try:
            with urlopen(url) as answer:
                bodies[place] = answer.read()
        except (OSError, HTTPException):
            pass


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    urls = list(urls)
    bodies, free = [None] * len(urls), Semaphore(workers)
    threads = [Thread(target=fetch, args=(url, place, bodies, free)) for place, url in enumerate(urls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return bodies
