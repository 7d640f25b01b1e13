# item: work done at import
# tries: burns seconds at import, to have results ready before the clock starts
# contained by: the inputs come after the import, and drawn from a secret seed

from autograder.tasks import Digest

READY = {item: Digest(f"{item:016x}", 100)(item) for item in range(3000)}


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    return [
        READY[item] if item in READY and func == Digest(f"{item:016x}", 100) else func(item) for item in items
    ]
