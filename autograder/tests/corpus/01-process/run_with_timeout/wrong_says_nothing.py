# correct: no
# speed: not-measured
# caught by: False if it did not finish
# Has no return on the way of the late ones.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    process = Process(target=target, args=args)
    process.start()
    process.join(seconds)
    if not process.is_alive():
        return True
    process.kill()
    process.join()
