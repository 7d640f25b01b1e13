# correct: no
# speed: not-measured
# slow: yes
# caught by: a child that dies raises RuntimeError
# Knows that a child has died, and waits for the others all the same.

from multiprocessing import Pipe, Process


def work(writer, target, argument):
    writer.send(target(argument))


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    jobs = []
    for argument in arguments:
        reader, writer = Pipe(duplex=False)
        process = Process(target=work, args=(writer, target, argument))
        process.start()
        writer.close()
        jobs.append((argument, process, reader))
    results, dead = [], []
    for argument, process, reader in jobs:
        try:
            results.append(reader.recv())
        except EOFError:
            dead.append(argument)
        process.join()
    if dead:
        raise RuntimeError(f"died: {dead}")
    return results
