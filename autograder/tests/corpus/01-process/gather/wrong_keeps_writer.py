# correct: no
# speed: not-measured
# slow: yes
# caught by: a child that dies raises RuntimeError
# Holds the end that the child writes to, so the pipe never ends.

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
        jobs.append((argument, process, reader, writer))
    results = []
    for argument, process, reader, _ in jobs:
        try:
            results.append(reader.recv())
        except EOFError:
            for _, other, _, _ in jobs:
                other.kill()
                other.join()
            raise RuntimeError(f"the child for {argument!r} died") from None
        process.join()
    return results
