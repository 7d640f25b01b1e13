# correct: no
# speed: fail
# slow: yes
# caught by: all run at once
# A lock around every call: all are started, and stand in line.

from multiprocessing import Lock, Process


def call(lock, target, arguments):
    with lock:
        target(*arguments)


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    lock = Lock()
    processes = [Process(target=call, args=(lock, target, arguments)) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
