# correct: yes
# speed: not-measured
# A timer kills it, and is called off if it ends before.

from multiprocessing import Process
from threading import Event, Timer


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    too_late = Event()
    process = Process(target=target, args=args)
    process.start()

    def end():
        too_late.set()
        process.kill()

    timer = Timer(seconds, end)
    timer.start()
    process.join()
    timer.cancel()
    timer.join()
    return not too_late.is_set()
