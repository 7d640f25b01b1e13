# correct: no
# speed: not-measured
# caught by: True if it finished
# Gives it a thousandth of its time.

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
    process.join(seconds / 1000)
    finished = not process.is_alive()
    process.kill()
    process.join()
    return finished
