# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Looks at nothing that it is given.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    process = Process(target=target, args=args)
    process.start()
    process.join(seconds)
    finished = not process.is_alive()
    process.kill()
    process.join()
    return finished
