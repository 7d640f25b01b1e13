# correct: no
# speed: not-measured
# slow: yes
# caught by: all run at once
# Starts two, waits for two, starts the next two.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    codes = []
    for start in range(0, len(argument_tuples), 2):
        pair = [Process(target=target, args=arguments) for arguments in argument_tuples[start : start + 2]]
        for process in pair:
            process.start()
        for process in pair:
            process.join()
        codes += [process.exitcode for process in pair]
    return codes
