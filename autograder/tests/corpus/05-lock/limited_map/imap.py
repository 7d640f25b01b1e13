# correct: yes
# speed: pass
# slow: yes
# imap, and tokens in a queue in place of a semaphore: who has none waits.

from functools import partial
from multiprocessing import Pool, SimpleQueue


def start(queue):
    both.tokens = queue


def both(prepare, use, item):
    prepared = prepare(item)
    token = both.tokens.get()
    try:
        return use(prepared)
    finally:
        both.tokens.put(token)


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    tokens = SimpleQueue()
    for token in range(min(limit, processes)):
        tokens.put(token)
    try:
        with Pool(processes, start, (tokens,)) as pool:
            return list(pool.imap(partial(both, prepare, use), items))
    finally:
        tokens.close()
