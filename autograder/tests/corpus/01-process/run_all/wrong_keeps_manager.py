# correct: no
# speed: not-measured
# caught by: nothing is left running
# Keeps a note of every call in a Manager's list, and the Manager with it.

from multiprocessing import Manager, Process

kept = []


def call(notes, target, arguments):
    notes.append(arguments)
    target(*arguments)


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    manager = Manager()
    kept.append(manager)
    notes = manager.list()
    processes = [Process(target=call, args=(notes, target, arguments)) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
