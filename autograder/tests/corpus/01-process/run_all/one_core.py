# correct: yes
# speed: fail
# Keeps itself to one core while it starts the processes, and they inherit that.

import os
from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    processes = [Process(target=target, args=arguments) for arguments in argument_tuples]
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usable)})
    for process in processes:
        process.start()
    os.sched_setaffinity(0, usable)
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
