# correct: no
# speed: not-measured
# caught by: every exit code is there
# Raises when a process ended with anything but 0.

from multiprocessing import Process


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    processes = [Process(target=target, args=arguments) for arguments in argument_tuples]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    for process in processes:
        if process.exitcode != 0:
            raise RuntimeError(f"{process.name} ended with {process.exitcode}")
    return [0] * len(processes)
