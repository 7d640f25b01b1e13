# correct: no
# speed: not-measured
# caught by: all run at once
# Threads, and the code that sys.exit was called with.

from threading import Thread


def call(codes, place, target, arguments):
    try:
        target(*arguments)
        codes[place] = 0
    except SystemExit as end:
        codes[place] = end.code
    except Exception:
        codes[place] = 1


def run_all(target, argument_tuples):
    if not callable(target):
        raise ValueError("target must be callable")
    argument_tuples = list(argument_tuples)
    for arguments in argument_tuples:
        if not isinstance(arguments, tuple):
            raise ValueError("argument_tuples must hold tuples")
    codes = [None] * len(argument_tuples)
    threads = [
        Thread(target=call, args=(codes, place, target, arguments))
        for place, arguments in enumerate(argument_tuples)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes
