# correct: no
# speed: not-measured
# caught by: it has finished, however it ended
# Takes one that ended badly for one that did not end.

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
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode == 0
