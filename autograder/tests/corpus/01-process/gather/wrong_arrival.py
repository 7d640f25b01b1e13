# correct: no
# speed: not-measured
# caught by: results are in the order of the arguments
# Puts the results into the list as they come.

from multiprocessing import Pipe, Process
from multiprocessing.connection import wait


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    processes, waiting = [], {}
    try:
        for argument in arguments:
            reader, writer = Pipe(duplex=False)
            process = Process(target=work, args=(writer, target, argument))
            process.start()
            writer.close()
            processes.append(process)
            waiting[reader] = argument
        results = []
        while waiting:
            for reader in wait(list(waiting)):
                argument = waiting.pop(reader)
                try:
                    results.append(reader.recv())
                except EOFError:
                    raise RuntimeError(f"the child for {argument!r} died") from None
        return results
    except BaseException:
        for process in processes:
            process.kill()
        raise
    finally:
        for process in processes:
            process.join()
