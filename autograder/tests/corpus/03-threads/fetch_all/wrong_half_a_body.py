# correct: no
# speed: not-measured
# slow: yes
# caught by: None stands for a page that failed
# Takes what came of a body that broke off.

from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url) as answer:
            return answer.read()
    except IncompleteRead as error:
        return error.partial
    except OSError:
        return None


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
