# correct: no
# speed: not-measured
# caught by: False if it did not finish
# Raises where it should return False.

from multiprocessing import Process


def run_with_timeout(target, args, seconds):
    process = Process(target=target, args=args)
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        raise TimeoutError(f"not done after {seconds} s")
    return True
