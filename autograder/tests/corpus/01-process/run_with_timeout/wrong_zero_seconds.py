# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Lets 0 s pass for a time in which something could finish.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds < 0:
        raise ValueError("seconds must not be negative")
    process = Process(target=target, args=args)
    process.start()
    process.join(seconds)
    finished = not process.is_alive()
    process.kill()
    process.join()
    return finished
