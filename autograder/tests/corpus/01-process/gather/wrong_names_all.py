# correct: no
# speed: not-measured
# caught by: a child that dies raises RuntimeError
# Names every argument, so that the right one is among them.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    jobs = []
    try:
        for argument in arguments:
            reader, writer = Pipe(duplex=False)
            process = Process(target=work, args=(writer, target, argument))
            process.start()
            writer.close()
            jobs.append((process, reader))
        return [reader.recv() for _, reader in jobs]
    except EOFError:
        for process, _ in jobs:
            process.kill()
        raise RuntimeError(f"the child for one of {arguments} died") from None
    finally:
        for process, _ in jobs:
            process.join()
