# correct: yes
# speed: not-measured
# Each child writes its result to a file of its own; no file, no result.

import pickle
from multiprocessing import Process
from pathlib import Path
from tempfile import TemporaryDirectory


def work(target, argument, path):
    path.with_suffix(".part").write_bytes(pickle.dumps(target(argument)))
    path.with_suffix(".part").rename(path)


def gather(target, arguments):
    if not callable(target):
        raise ValueError("target must be callable")
    with TemporaryDirectory() as folder:
        jobs = []
        for number, argument in enumerate(arguments):
            path = Path(folder, f"{number}.pickle")
            process = Process(target=work, args=(target, argument, path))
            process.start()
            jobs.append((argument, process, path))
        try:
            results = []
            for argument, process, path in jobs:
                process.join()
                if not path.exists():
                    raise RuntimeError(f"argument {argument!r}: its process ended with {process.exitcode}")
                results.append(pickle.loads(path.read_bytes()))
            return results
        finally:
            for _, process, _ in jobs:
                process.kill()
                process.join()
