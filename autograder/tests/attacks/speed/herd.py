# item: a herd of sleepers beside serial work
# tries: works alone; a hundred sleepers wake at the same instants, and wait for a core together
# contained by: each thread's waiting counts up to a multiple of its own work

import os
import time


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    herd = []
    for _ in range(100):
        pid = os.fork()
        if pid == 0:
            while True:
                time.sleep(0.005 - time.time() % 0.005)
        herd.append(pid)
    results = [func(item) for item in items]
    for pid in herd:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return results
