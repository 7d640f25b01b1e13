# correct: yes
# speed: not-measured
# The child sends the exception's text too, so that the RuntimeError can say more.

import pickle
from multiprocessing import Pipe, Process


def work(target, argument, connection):
    try:
        answer = ("result", pickle.dumps(target(argument)))
    except Exception as error:
        answer = ("error", f"{type(error).__name__}: {error}")
    connection.send(answer)
    connection.close()


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    children = []

    def stop():
        for _, process, connection in children:
            if process.is_alive():
                process.kill()
            process.join()
            connection.close()

    try:
        for argument in arguments:
            here, there = Pipe()
            process = Process(target=work, args=(target, argument, there))
            process.start()
            there.close()
            children.append((argument, process, here))
        results = []
        for argument, process, connection in children:
            try:
                kind, told = connection.recv()
            except (EOFError, ConnectionResetError, OSError):
                process.join()
                kind, told = "error", f"exit code {process.exitcode}"
            if kind == "error":
                raise RuntimeError(f"target({argument!r}) gave no result: {told}")
            results.append(pickle.loads(told))
        for _, process, _ in children:
            process.join()
        return results
    finally:
        stop()
