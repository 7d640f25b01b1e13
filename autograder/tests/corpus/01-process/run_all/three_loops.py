# correct: yes
# speed: pass
# Start all, wait for all, ask all.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError(f"target must be callable, got {target!r}")
    argument_tuples = list(argument_tuples)
    if not all(isinstance(arguments, tuple) for arguments in argument_tuples):
        raise ValueError("argument_tuples must hold nothing but tuples")
    processes = []
    for arguments in argument_tuples:
        processes.append(Process(target=target, args=arguments))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    codes = []
    for process in processes:
        codes.append(process.exitcode)
    return codes
