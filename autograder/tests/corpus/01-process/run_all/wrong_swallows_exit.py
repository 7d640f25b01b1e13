# correct: no
# speed: not-measured
# caught by: every exit code is there
# A careful wrapper makes one code of everything that is raised, and sys.exit raises.

import sys
from multiprocessing import Process


def call(target, arguments):
    try:
        target(*arguments)
    except BaseException:
        sys.exit(1)


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    processes = [Process(target=call, args=(target, arguments)) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
