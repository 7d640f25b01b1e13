# correct: no
# speed: not-measured
# slow: yes
# caught by: None stands for a page that failed
# One page that fails costs all the others.

from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen


def fetch(url):
    with urlopen(url) as answer:
        return answer.read()


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
