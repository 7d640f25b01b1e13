# correct: no
# speed: fail
# slow: yes
# caught by: all run at once
# Waits for each process before it starts the next one.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    codes = []
    for arguments in argument_tuples:
        process = Process(target=target, args=arguments)
        process.start()
        process.join()
        codes.append(process.exitcode)
    return codes
