# correct: no
# speed: not-measured
# slow: yes
# caught by: None stands for a page that failed
# The page that explains an error is taken for the page.

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen


def fetch(url):
    try:
        with urlopen(url) as answer:
            return answer.read()
    except HTTPError as error:
        return error.read()
    except (OSError, HTTPException):
        return None


def fetch_all(urls, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fetch, urls))
