# correct: no
# speed: not-measured
# caught by: every result is there
# Takes a child that is slow for one that is dead.

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
            jobs.append((argument, process, reader, writer))
        results = []
        for argument, _, reader, _ in jobs:
            if not reader.poll(0.1):
                raise RuntimeError(f"nothing came for {argument!r}")
            results.append(reader.recv())
        return results
    finally:
        for _, process, _, _ in jobs:
            process.kill()
            process.join()
