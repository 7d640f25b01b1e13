# correct: yes
# speed: pass
# A class of its own, derived from Process, whose run() calls the target.

from multiprocessing import Process


class Job(Process):
    def __init__(self, function, arguments):
        super().__init__()
        self.function = function
        self.arguments = arguments

    def run(self):
        self.function(*self.arguments)


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = tuple(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError(f"argument_tuples must hold tuples, and this is none: {arguments!r}")
    jobs = [Job(target, arguments) for arguments in argument_tuples]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return [job.exitcode for job in jobs]
