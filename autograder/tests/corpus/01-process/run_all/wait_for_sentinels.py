# correct: yes
# speed: pass
# Waits for whichever ends next, and puts its code where it belongs.

from multiprocessing import Process
from multiprocessing.connection import wait


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError(f"target must be callable, got {target!r}")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if type(arguments) is not tuple:
            raise ValueError(f"argument_tuples: {arguments!r} is not a tuple")
    running = {}
    for place, arguments in enumerate(argument_tuples):
        process = Process(target=target, args=arguments)
        process.start()
        running[process.sentinel] = place, process
    codes = [None] * len(running)
    while running:
        for sentinel in wait(list(running)):
            place, process = running.pop(sentinel)
            process.join()
            codes[place] = process.exitcode
    return codes
