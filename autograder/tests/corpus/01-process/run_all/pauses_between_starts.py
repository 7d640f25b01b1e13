# correct: yes
# speed: fail
# slow: yes
# Gives every process a moment to come up before it starts the next one.

import time
from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    processes = [Process(target=target, args=arguments) for arguments in argument_tuples]
    for process in processes:
        process.start()
        time.sleep(0.3)
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
