# correct: no
# speed: not-measured
# slow: yes
# caught by: each call has a process of its own
# A pool of two, whose workers take one argument after the other, and which waits for the dead.

from multiprocessing import Pool


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    with Pool(2) as pool:
        try:
            return pool.map(target, arguments)
        except Exception as error:
            raise RuntimeError(f"{target} failed: {error}") from error
