# correct: no
# speed: not-measured
# caught by: args may be empty
# Takes an empty tuple for a missing one.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not args or not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    process = Process(target=target, args=args)
    process.start()
    process.join(seconds)
    finished = not process.is_alive()
    process.kill()
    process.join()
    return finished
