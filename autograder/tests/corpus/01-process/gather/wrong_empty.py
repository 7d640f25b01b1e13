# correct: no
# speed: not-measured
# caught by: no arguments give an empty list
# Has nothing to say when there is nothing to do.

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
            jobs.append((argument, process, reader))
        results = None
        for argument, _, reader in jobs:
            try:
                results = [*(results or []), reader.recv()]
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
