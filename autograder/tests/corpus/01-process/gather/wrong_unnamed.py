# correct: no
# speed: not-measured
# caught by: a child that dies raises RuntimeError
# Says that a child died, not which.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
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
        raise RuntimeError("a child died") from None
    finally:
        for process, _ in jobs:
            process.join()
