# correct: yes
# speed: pass
# By hand: threads take the next url from a queue until it is empty.

from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.request import urlopen


def work(todo, bodies):
    while True:
        try:
            number, url = todo.get_nowait()
        except Empty:
            return
        try:
            with urlopen(url) as answer:
                bodies[number] = answer.read()
        except (OSError, HTTPException):
            bodies[number] = None


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    todo, bodies = SimpleQueue(), {}
    for pair in enumerate(urls):
        todo.put(pair)
    number = todo.qsize()
    threads = [Thread(target=work, args=(todo, bodies)) for _ in range(min(workers, number))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [bodies[place] for place in range(number)]
