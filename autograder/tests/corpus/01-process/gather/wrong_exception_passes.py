# correct: no
# speed: not-measured
# caught by: an exception in target raises RuntimeError
# The child's exception reaches the caller as itself, and does not say for which argument.

import pickle
from multiprocessing import Pipe, Process


def work(writer, target, argument):
    try:
        writer.send(("result", pickle.dumps(target(argument))))
    except Exception as error:
        writer.send(("error", error))


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
            try:
                kind, told = reader.recv()
            except EOFError:
                raise RuntimeError(f"the child for {argument!r} died") from None
            if kind == "error":
                raise told
            results.append(pickle.loads(told))
        return results
    except BaseException:
        for _, process, _ in jobs:
            process.kill()
        raise
    finally:
        for _, process, _ in jobs:
            process.join()
