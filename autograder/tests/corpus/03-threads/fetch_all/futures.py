# correct: yes
# speed: pass
# slow: yes
# A future for each url; what went wrong is asked for at the end.

from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen


def read(url):
    with urlopen(url) as answer:
        return answer.read()


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(read, url) for url in urls]
    return [None if future.exception() else future.result() for future in futures]
