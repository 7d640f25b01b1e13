# correct: no
# speed: not-measured
# caught by: nothing is left running
# Raises at once, and leaves the others at work.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    jobs = []
    for argument in arguments:
        reader, writer = Pipe(duplex=False)
        process = Process(target=work, args=(writer, target, argument))
        process.start()
        writer.close()
        jobs.append((argument, process, reader))
    results = []
    for argument, process, reader in jobs:
        try:
            results.append(reader.recv())
        except EOFError:
            raise RuntimeError(f"the child for {argument!r} died") from None
        process.join()
    return results
