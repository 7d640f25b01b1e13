# correct: no
# speed: not-measured
# slow: yes
# caught by: it is gone even if it ignores SIGTERM
# A pool of one: its end waits for a worker that does not listen.

from multiprocessing import Pool, TimeoutError


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    with Pool(1) as pool:
        try:
            pool.apply_async(target, args).get(seconds)
        except TimeoutError:
            return False
        except Exception:
            return True
    return True
