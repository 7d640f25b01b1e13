# correct: yes
# speed: not-measured
# Asks it to end, gives it a moment, then does not ask.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError(f"target must be callable, got {target!r}")
    if not isinstance(args, tuple):
        raise ValueError(f"args must be a tuple, got {args!r}")
    if seconds <= 0:
        raise ValueError(f"seconds must be above 0, got {seconds}")
    process = Process(target=target, args=args)
    process.start()
    process.join(seconds)
    if not process.is_alive():
        return True
    process.terminate()
    process.join(0.2)
    if process.is_alive():
        process.kill()
        process.join()
    return False
