# correct: no
# speed: not-measured
# caught by: None stands for a page that failed
# A body that breaks off raises IncompleteRead, which is no OSError.

from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url) as answer:
            return answer.read()
    except URLError:
        return None


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
