# correct: no
# speed: not-measured
# caught by: exit codes are in the order of the tuples
# Collects the codes as the processes end.

from multiprocessing import Process
from multiprocessing.connection import wait


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    running = {}
    for arguments in argument_tuples:
        process = Process(target=target, args=arguments)
        process.start()
        running[process.sentinel] = process
    codes = []
    while running:
        for sentinel in wait(list(running)):
            process = running.pop(sentinel)
            process.join()
            codes.append(process.exitcode)
    return codes
