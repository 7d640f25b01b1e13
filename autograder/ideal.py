"""The ideal split: what a perfect answer would do with the same inputs, over bare processes.

                    +--- Process: share 0 ---+
    caller ---------+--- Process: share 1 ---+------> results, in the order of the items
    (waits)         +--- Process: share 2 ---+

The harness runs these beside every timed answer, in the same kind of sandbox. They know the cost
of each item beforehand, which no student does, so nothing is lost to scheduling. They use the
same start method as the answer, so that starting a process costs both the same.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from itertools import pairwise
from multiprocessing import Pipe, Process, Semaphore, get_start_method, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any


def run_shares(
    func: Callable[[Any], Any], items: Sequence[Any], shares: Sequence[Sequence[int]]
) -> list[Any]:
    """Compute ``[func(item) for item in items]``, one process a share.

    Parameters
    ----------
    func : callable
        Called with one item.
    items : sequence
        The inputs.
    shares : sequence of sequences of int
        Which indices of `items` each process takes. With one share all is done in this process.

    Returns
    -------
    list
        Results in the order of `items`.
    """
    results: dict[int, Any] = {}
    for answered in _in_processes(_map_share, [(func, items, share) for share in shares]):
        results.update(answered)
    return [results[index] for index in range(len(items))]


def run_model_shares(
    load_model: Callable[[], Callable[[Any], Any]], batches: Sequence[Any], shares: Sequence[Sequence[int]]
) -> list[Any]:
    """As `run_shares`, but each process first loads the model, once."""
    results: dict[int, Any] = {}
    for answered in _in_processes(_model_share, [(load_model, batches, share) for share in shares]):
        results.update(answered)
    return [results[index] for index in range(len(batches))]


def search_shares(
    predicate: Callable[[Any], bool], items: Sequence[Any], shares: Sequence[Sequence[int]]
) -> Any | None:
    """Find an item for which `predicate` holds: each process searches its share, the first hit ends all."""
    for index in _in_processes(_search_share, [(predicate, items, share) for share in shares], first=True):
        if index is not None:
            return items[index]
    return None


def limited_shares(
    prepare: Callable[[Any], Any],
    use: Callable[[Any], Any],
    items: Sequence[Any],
    shares: Sequence[Sequence[int]],
    limit: int,
) -> list[Any]:
    """Compute ``[use(prepare(item)) for item in items]``, a process a share, at most `limit` in `use`."""
    results: dict[int, Any] = {}
    free = Semaphore(limit)
    for answered in _in_processes(_limited_share, [(prepare, use, items, share, free) for share in shares]):
        results.update(answered)
    return [results[index] for index in range(len(items))]


def count_shares(
    func: Callable[[Any], Any], items: Sequence[Any], shares: Sequence[Sequence[int]]
) -> dict[Any, int]:
    """Count the values of `func`: each process those of its share, and their counts are added."""
    total: dict[Any, int] = {}
    for counts in _in_processes(_count_share, [(func, items, share) for share in shares]):
        for value, times in counts.items():
            total[value] = total.get(value, 0) + times
    return total


def fetch_shares(urls: Sequence[str], shares: Sequence[Sequence[int]]) -> list[bytes | None]:
    """Fetch every url, one thread a share; None for one that fails.

    Parameters
    ----------
    urls : sequence of str
        Of a server that closes the connection when it is asked to, and sends whole bodies or an error.
    shares : sequence of sequences of int
        Which indices of `urls` each thread takes.

    Returns
    -------
    list of bytes or None
        Bodies in the order of `urls`.
    """
    bodies: list[bytes | None] = [None] * len(urls)

    def fetch(share: Sequence[int]) -> None:
        for index in share:
            bodies[index] = _body(urls[index])

    threads = [Thread(target=fetch, args=(share,)) for share in shares[1:]]
    for thread in threads:
        thread.start()
    fetch(shares[0])
    for thread in threads:
        thread.join()
    return bodies


def exit_codes(
    target: Callable[..., Any], argument_tuples: Sequence[tuple[Any, ...]], together: int
) -> list[int | None]:
    """Call `target` with each tuple in a Process of its own.

    Parameters
    ----------
    target : callable
        Called with the members of one tuple.
    argument_tuples : sequence of tuple
        One for each process.
    together : int
        How many processes are started before they are waited for; with 1 they run one after the other.

    Returns
    -------
    list of int
        The processes' exit codes, in the order of `argument_tuples`.
    """
    codes: list[int | None] = []
    for first in range(0, len(argument_tuples), together):
        some = argument_tuples[first : first + together]
        children = [Process(target=target, args=arguments) for arguments in some]
        for child in children:
            child.start()
        for child in children:
            child.join()
        codes += [child.exitcode for child in children]
    return codes


def digest_shares(paths: Sequence[str], workers: int) -> dict[str, str]:
    """Digest files of the same size, one thread a share; this thread does the first.

    Parameters
    ----------
    paths : sequence of str
        Of the files; each thread takes every `workers`-th.
    workers : int
        Threads.

    Returns
    -------
    dict of str to str
        SHA-256 of each file, in hexadecimal digits.
    """
    digests: dict[str, str] = {}

    def digest(first: int) -> None:
        for path in paths[first::workers]:
            digests[path] = _file_digest(path)

    threads = [Thread(target=digest, args=(first,)) for first in range(1, workers)]
    for thread in threads:
        thread.start()
    digest(0)
    for thread in threads:
        thread.join()
    return digests


def _file_digest(path: str) -> str:
    digest, part = sha256(), memoryview(bytearray(1 << 18))
    with open(path, "rb", buffering=0) as file:
        while length := file.readinto(part):
            digest.update(part[:length])
    return digest.hexdigest()


def _body(url: str) -> bytes | None:
    """One body, by the barest client there is: importing a better one would take longer than the wait."""
    place, _, path = url.removeprefix("http://").partition("/")
    host, _, port = place.partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            status = answer.readline().split()[1]
            length = 0
            while line := answer.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = answer.read(length)
    return body if status == b"200" and len(body) == length else None


def _map_share(func: Callable, items: Sequence, share: Sequence[int]) -> dict[int, Any]:
    return {index: func(items[index]) for index in share}


def _model_share(load_model: Callable, batches: Sequence, share: Sequence[int]) -> dict[int, Any]:
    return _map_share(load_model(), batches, share)


def _limited_share(
    prepare: Callable, use: Callable, items: Sequence, share: Sequence[int], free: Any
) -> dict[int, Any]:
    results = {}
    for index in share:
        prepared = prepare(items[index])
        with free:
            results[index] = use(prepared)
    return results


def _count_share(func: Callable, items: Sequence, share: Sequence[int]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for index in share:
        value = func(items[index])
        counts[value] = counts.get(value, 0) + 1
    return counts


def _search_share(predicate: Callable, items: Sequence, share: Sequence[int]) -> int | None:
    return next((index for index in share if predicate(items[index])), None)


def _child(connection: Connection, work: Callable, arguments: tuple) -> None:
    connection.send(work(*arguments))
    connection.close()


def _in_processes(work: Callable, argument_tuples: list[tuple], first: bool = False) -> list[Any]:
    """Run `work` once per tuple, a Process each; with `first`, stop at the first answer that is not None."""
    if len(argument_tuples) == 1:
        return [work(*argument_tuples[0])]
    children, readers = [], []
    for arguments in argument_tuples:
        reader, writer = Pipe(duplex=False)
        child = Process(target=_child, args=(writer, work, arguments))
        child.start()
        writer.close()
        children.append(child)
        readers.append(reader)
    answers = []
    waiting = list(readers)
    done = False
    try:
        while waiting:
            for reader in wait(waiting):  # type: ignore[assignment]
                answers.append(reader.recv())
                waiting.remove(reader)
                if first and answers[-1] is not None:
                    waiting = []
                    break
        done = not first
    finally:
        for child in children:
            if not done:  # found, or failed: what the others do is of no use, and none of it will be read
                child.terminate()
            child.join()
    return answers


def collect_shares(
    func: Callable[[Any], Any], items: Sequence[Any], shares: Sequence[Sequence[int]]
) -> dict[Any, Any]:
    """As `run_shares`, but a dict of what each item gave."""
    return dict(zip(items, run_shares(func, items, shares), strict=True))


def drive_tally_shares(driver: Any, shares: Sequence[Sequence[int]]) -> Any:
    """Count the words of a `Texts`: each process counts its share, and the counts are added up once."""
    return driver.drive(partial(_tally, shares))


def drive_row_shares(driver: Any, shares: Sequence[Sequence[int]]) -> Any:
    """Map the rows of a `Matrix` of single bytes in place: each process attaches, and takes its share."""
    return driver.drive(partial(_map_rows, shares))


def _tally(shares: Sequence[Sequence[int]], texts: Sequence[str], processes: int) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counts in _in_processes(_tally_share, [([texts[index] for index in share],) for share in shares]):
        total.update(counts)
    return dict(total)


def _tally_share(texts: Sequence[str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text.split())
    return dict(counts)


def _map_rows(
    shares: Sequence[Sequence[int]], func: Any, name: str, shape: tuple[int, int], dtype: str, processes: int
) -> None:
    _in_processes(_row_share, [(func, name, shape[1], share) for share in shares])


def _row_share(func: Any, name: str, columns: int, share: Sequence[int]) -> None:
    from multiprocessing.shared_memory import SharedMemory  # here, as no other share needs it

    if parent_process() is not None and get_start_method() != "fork":
        import numpy  # noqa: F401  # as every worker of an answer does, when it imports the answer
    block = SharedMemory(name)
    memory: Any = block.buf
    for index in share:
        place = slice(index * columns, (index + 1) * columns)
        memory[place] = func.of_bytes(bytes(memory[place]), columns)
    block.close()


def drive_forest_shares(driver: Any, shares: Sequence[Sequence[int]]) -> Any:
    """Train the forest of a `TimedTraining`: each process grows its share of the trees, in one fit."""
    return driver.drive(partial(_forest_of_shares, shares))


def drive_prediction_shares(driver: Any, parts: int) -> Any:
    """Predict the rows of a `TimedPrediction`: each process the same number of them."""
    return driver.drive(partial(_predictions_of_parts, parts))


def _forest_of_shares(
    shares: Sequence[Sequence[int]], model: Any, tree_args: dict[str, Any], x: Any, y: Any, processes: int
) -> Any:
    told = [(model, {**tree_args, "random_state": share[0], "n_estimators": len(share)}) for share in shares]
    forest, *others = _in_processes(_grow_share, [(*one, x, y) for one in told])
    for other in others:
        forest.estimators_ += other.estimators_
    return forest


def _grow_share(model: Any, tree_args: dict[str, Any], x: Any, y: Any) -> Any:
    return model(**tree_args).fit(x, y)


def _predictions_of_parts(parts: int, forest: Any, x: Any, processes: int) -> Any:
    import numpy

    ends = [x.shape[0] * part // parts for part in range(parts + 1)]
    some = [(forest, x[start:end], part) for part, (start, end) in enumerate(pairwise(ends))]
    told = sorted(_in_processes(_predict_part, some), key=lambda one: one[0])
    return numpy.concatenate([values for _, values in told])


def _predict_part(forest: Any, x: Any, part: int) -> tuple[int, Any]:
    return part, forest.predict(x)
