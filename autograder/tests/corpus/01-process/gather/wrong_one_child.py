# correct: no
# speed: not-measured
# caught by: each call has a process of its own
# One child computes everything.

from multiprocessing import Pipe, Process


def work(writer, target, arguments):
    for argument in arguments:
        writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    reader, writer = Pipe(duplex=False)
    process = Process(target=work, args=(writer, target, arguments))
    process.start()
    writer.close()
    results = []
    try:
        for argument in arguments:
            try:
                results.append(reader.recv())
            except EOFError:
                raise RuntimeError(f"the child died at {argument!r}") from None
    finally:
        process.kill()
        process.join()
    return results
