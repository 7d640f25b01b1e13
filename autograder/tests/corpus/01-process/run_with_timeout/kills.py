# correct: yes
# speed: not-measured
# Does not ask at all.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if type(args) is not tuple:
        raise ValueError("args must be a tuple")
    if not seconds > 0:
        raise ValueError("seconds must be above 0")
    process = Process(target=target, args=args)
    process.start()
    process.join(timeout=seconds)
    finished = process.exitcode is not None
    process.kill()
    process.join()
    return finished
