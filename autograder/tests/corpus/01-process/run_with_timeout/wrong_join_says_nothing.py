# correct: no
# speed: not-measured
# caught by: False if it did not finish
# Takes the None that join returns for a sign.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    process = Process(target=target, args=args)
    process.start()
    if process.join(seconds) is None:
        process.kill()
        process.join()
        return True
    return False
