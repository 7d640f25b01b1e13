# correct: no
# speed: not-measured
# caught by: arguments may be lists, and equal
# Keeps the results in a dict with the arguments as keys.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    jobs, results = {}, {}
    try:
        for argument in arguments:
            reader, writer = Pipe(duplex=False)
            process = Process(target=work, args=(writer, target, argument))
            process.start()
            writer.close()
            jobs[argument] = process, reader
        for argument, (_, reader) in jobs.items():
            try:
                results[argument] = reader.recv()
            except EOFError:
                raise RuntimeError(f"the child for {argument!r} died") from None
    except BaseException:
        for process, _ in jobs.values():
            process.kill()
        raise
    finally:
        for process, _ in jobs.values():
            process.join()
    return [results[argument] for argument in arguments]
