# correct: yes
# speed: not-measured
# Waits for the sentinel, which is ready when the process has ended.

from multiprocessing import Process
from multiprocessing.connection import wait


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    process = Process(target=target, args=args)
    process.start()
    try:
        return bool(wait([process.sentinel], timeout=seconds))
    finally:
        process.kill()
        process.join()
        process.close()
