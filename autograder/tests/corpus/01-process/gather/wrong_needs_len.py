# correct: no
# speed: not-measured
# caught by: the arguments may come from a generator
# Counts the arguments before it reads them.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    results = [None] * len(arguments)
    jobs = []
    try:
        for argument in arguments:
            reader, writer = Pipe(duplex=False)
            process = Process(target=work, args=(writer, target, argument))
            process.start()
            writer.close()
            jobs.append((argument, process, reader))
        for place, (argument, _, reader) in enumerate(jobs):
            try:
                results[place] = reader.recv()
            except EOFError:
                raise RuntimeError(f"the child for {argument!r} died") from None
        return results
    except BaseException:
        for _, process, _ in jobs:
            process.kill()
        raise
    finally:
        for _, process, _ in jobs:
            process.join()
