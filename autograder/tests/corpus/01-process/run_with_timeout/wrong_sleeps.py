# correct: no
# speed: not-measured
# slow: yes
# caught by: True comes as soon as it has finished
# Waits all the seconds, then looks.

import time
from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    process = Process(target=target, args=args)
    process.start()
    time.sleep(seconds)
    finished = not process.is_alive()
    process.kill()
    process.join()
    return finished
