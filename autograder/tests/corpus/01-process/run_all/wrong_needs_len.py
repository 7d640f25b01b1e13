# correct: no
# speed: not-measured
# caught by: the tuples may come from a generator
# Counts the tuples before it reads them.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    processes = []
    for place in range(len(argument_tuples)):
        if not isinstance(argument_tuples[place], tuple):
            raise ValueError("argument_tuples must hold tuples")
        processes.append(Process(target=target, args=argument_tuples[place]))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
