# correct: no
# speed: not-measured
# caught by: nothing is left running
# A thread can be waited for, but not ended.

from threading import Thread


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    thread = Thread(target=target, args=args, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
