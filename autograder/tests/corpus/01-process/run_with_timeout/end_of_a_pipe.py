# correct: yes
# speed: not-measured
# The child holds the only writing end of a pipe: when it ends, the pipe does.

from multiprocessing import Pipe, Process


def work(writer, target, args):
    target(*args)


def run_with_timeout(target, args, seconds):
    if not callable(target):
        raise ValueError("target must be callable")
    if not isinstance(args, tuple):
        raise ValueError("args must be a tuple")
    if seconds <= 0:
        raise ValueError("seconds must be above 0")
    reader, writer = Pipe(duplex=False)
    process = Process(target=work, args=(writer, target, args))
    process.start()
    writer.close()
    with reader:
        finished = reader.poll(seconds)
    process.kill()
    process.join()
    return finished
