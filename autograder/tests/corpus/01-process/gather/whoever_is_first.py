# correct: yes
# speed: not-measured
# Reads whichever pipe has something, and hears of any death at once.

from multiprocessing import Pipe, Process
from multiprocessing.connection import wait


def work(target, argument, writer):
    writer.send((target(argument),))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    results = [None] * len(arguments)
    processes, places = [], {}
    try:
        for place, argument in enumerate(arguments):
            reader, writer = Pipe(False)
            process = Process(target=work, args=(target, argument, writer))
            process.start()
            writer.close()
            processes.append(process)
            places[reader] = place
        while places:
            for reader in wait(list(places)):
                place = places.pop(reader)
                try:
                    (results[place],) = reader.recv()
                except (EOFError, OSError) as error:
                    raise RuntimeError(f"the process for {arguments[place]!r} died") from error
        for process in processes:
            process.join()
        return results
    finally:
        for process in processes:
            process.terminate()
            process.join()
