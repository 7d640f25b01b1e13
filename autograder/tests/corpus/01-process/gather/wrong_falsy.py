# correct: no
# speed: not-measured
# caught by: a result may be None or 0
# Takes a result that is false for no result.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def receive(reader):
    try:
        return reader.recv()
    except EOFError:
        return None


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
        results = []
        for argument, _, reader in jobs:
            result = receive(reader)
            if not result:
                raise RuntimeError(f"the child for {argument!r} died")
            results.append(result)
        return results
    except BaseException:
        for _, process, _ in jobs:
            process.kill()
        raise
    finally:
        for _, process, _ in jobs:
            process.join()
