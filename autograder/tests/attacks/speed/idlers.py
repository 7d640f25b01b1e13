# item: idlers beside serial work
# tries: works alone; two idlers of the lowest priority wait for its core all the time
# contained by: waiting is believed only while no core is idle, and up to a multiple of a thread's work

import contextlib
import os


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    idlers = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, 19)
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            while True:
                pass
        idlers.append(pid)
    results = [func(item) for item in items]
    for pid in idlers:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return results
