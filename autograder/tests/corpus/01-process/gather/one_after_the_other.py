# correct: yes
# speed: not-measured
# Serial, but each in a process of its own: that the children run at once is not promised.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def one(target, argument):
    reader, writer = Pipe(duplex=False)
    process = Process(target=work, args=(writer, target, argument))
    process.start()
    writer.close()
    try:
        return reader.recv()
    except (EOFError, OSError):
        raise RuntimeError(f"died: {argument!r}") from None
    finally:
        process.join()


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    return [one(target, argument) for argument in arguments]
