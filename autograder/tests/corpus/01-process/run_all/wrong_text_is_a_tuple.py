# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Makes a tuple of everything that can be made one, a text among it.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    try:
        argument_tuples = [tuple(arguments) for arguments in argument_tuples]
    except TypeError as error:
        raise ValueError(f"argument_tuples must hold tuples: {error}") from None
    processes = [Process(target=target, args=arguments) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
