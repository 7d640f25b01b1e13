# correct: no
# speed: not-measured
# caught by: every exit code is there
# Hands the whole tuple over as the only argument.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    processes = [Process(target=target, args=(arguments,)) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
