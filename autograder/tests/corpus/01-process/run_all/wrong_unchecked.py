# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Starts whatever it is given.

from multiprocessing import Process


def run_all(target, argument_tuples):
    processes = [Process(target=target, args=arguments) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
