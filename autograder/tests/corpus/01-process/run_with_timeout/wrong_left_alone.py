# correct: no
# speed: not-measured
# slow: yes
# caught by: nothing is left running
# Stops waiting, and lets it run.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    process = Process(target=target, args=args, daemon=True)
    process.start()
    process.join(seconds)
    return not process.is_alive()
