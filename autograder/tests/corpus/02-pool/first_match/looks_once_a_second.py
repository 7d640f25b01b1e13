# correct: yes
# speed: fail
# Right, but it looks for news only once a second.

from multiprocessing import Pool
from time import sleep


def first_match(predicate, items, processes):
    with Pool(processes) as pool:
        waiting = {pool.apply_async(predicate, (item,)): item for item in items}
        while waiting:
            sleep(1)
            for result in [result for result in waiting if result.ready()]:
                item = waiting.pop(result)
                if result.get():
                    return item
    return None
