# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Finds out in the child that there is nothing to call.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    jobs = []
    try:
        for argument in arguments:
            reader, writer = Pipe(duplex=False)
            process = Process(target=work, args=(writer, target, argument))
            process.start()
            writer.close()
            jobs.append((argument, process, reader))
        results = []
        for argument, _, reader in jobs:
            try:
                results.append(reader.recv())
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
