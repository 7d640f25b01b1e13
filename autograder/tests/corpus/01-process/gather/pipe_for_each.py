# correct: yes
# speed: not-measured
# A pipe for each child, read in order.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    with writer:
        writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError(f"target must be callable, got {target!r}")
    started = []
    try:
        for argument in arguments:
            reader, writer = Pipe(duplex=False)
            process = Process(target=work, args=(writer, target, argument))
            process.start()
            writer.close()
            started.append((argument, process, reader))
        results = []
        for argument, _, reader in started:
            try:
                results.append(reader.recv())
            except (EOFError, OSError):
                raise RuntimeError(f"no result for {argument!r}") from None
    except BaseException:
        for _, process, _ in started:
            process.kill()
        raise
    finally:
        for _, process, reader in started:
            process.join()
            reader.close()
    return results
