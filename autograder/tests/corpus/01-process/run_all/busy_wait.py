# correct: yes
# speed: fail
# The caller keeps a core busy with asking whether all have ended.

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
    while any(process.exitcode is None for process in processes):
        pass
    return [process.exitcode for process in processes]
