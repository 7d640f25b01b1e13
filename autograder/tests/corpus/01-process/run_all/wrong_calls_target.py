# correct: no
# speed: not-measured
# caught by: every exit code is there
# Calls the target itself, and gives what it returns to the process.

from multiprocessing import Process


def run_all(target, argument_tuples):
    processes = [Process(target=target(*arguments)) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
