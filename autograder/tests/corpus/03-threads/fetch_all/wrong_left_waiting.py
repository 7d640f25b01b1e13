# correct: no
# speed: not-measured
# caught by: nothing is left running
# Threads that wait for the next url for ever.

from http.client import HTTPException
from queue import Queue
from threading import Thread
from urllib.request import urlopen


def work(todo, bodies):
    while True:
        place, url = todo.get()
        try:
            with urlopen(url) as answer:
                bodies[place] = answer.read()
        except (OSError, HTTPException):
            bodies[place] = None
        todo.task_done()


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    todo, bodies = Queue(), {}
    for _ in range(workers):
        Thread(target=work, args=(todo, bodies), daemon=True).start()
    for pair in enumerate(urls):
        todo.put(pair)
    todo.join()
    return [bodies[place] for place in sorted(bodies)]
