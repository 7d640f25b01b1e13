# correct: yes
# speed: pass
# One task an item; a callback tells the caller of a hit.

from functools import partial
from multiprocessing import Pool
from queue import SimpleQueue


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        news = SimpleQueue()
        items = list(items)
        for item in items:
            tell = partial(put, news, item)
            pool.apply_async(predicate, (item,), callback=tell, error_callback=tell)
        for _ in items:
            item, matches = news.get()
            if isinstance(matches, BaseException):
                raise matches
            if matches:
                return item
    return None


def put(news, item, matches):
    news.put((item, matches))
