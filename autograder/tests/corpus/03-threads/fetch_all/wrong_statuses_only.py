# correct: no
# speed: not-measured
# slow: yes
# caught by: None stands for a page that failed
# Expects error statuses, but no server that is not there.

from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url) as answer:
            return answer.read()
    except HTTPError:
        return None


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
