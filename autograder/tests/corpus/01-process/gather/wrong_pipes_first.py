# correct: no
# speed: not-measured
# slow: yes
# caught by: a child that dies raises RuntimeError
# Makes all pipes, then forks: every child holds the ends of all others.

from multiprocessing import get_context

context = get_context("fork")


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    arguments = list(arguments)
    pipes = [context.Pipe(duplex=False) for _ in arguments]
    processes = [
        context.Process(target=work, args=(writer, target, argument))
        for (_, writer), argument in zip(pipes, arguments, strict=True)
    ]
    for process in processes:
        process.start()
    for _, writer in pipes:
        writer.close()
    try:
        results = []
        for (reader, _), argument in zip(pipes, arguments, strict=True):
            try:
                results.append(reader.recv())
            except EOFError:
                raise RuntimeError(f"the child for {argument!r} died") from None
        return results
    except RuntimeError:
        for process in processes:
            process.kill()
        raise
    finally:
        for process in processes:
            process.join()
