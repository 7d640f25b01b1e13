# correct: yes
# speed: fail
# Runs everything a second time, to see whether the codes are the same.

from multiprocessing import Process


def once(target, argument_tuples):
    processes = [Process(target=target, args=arguments) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    codes = once(target, argument_tuples)
    if codes != once(target, argument_tuples):
        print("the second time the codes were different")
    return codes
