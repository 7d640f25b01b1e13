# correct: no
# speed: not-measured
# caught by: it has finished, however it ended
# Calls the target in its own process under an alarm, and goes down with it.

import signal


class TooLate(BaseException):
    pass


def ring(number, frame):
    raise TooLate


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        target(*args)
    except TooLate:
        return False
    except BaseException:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return True
