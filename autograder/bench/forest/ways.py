"""The ways to train a forest that are compared.

Each is a function of a forest's class, its arguments, X, y and a number of workers. What it gives back is
trained when the clock runs; what it does before belongs to nobody's time.
"""

from __future__ import annotations

import itertools
import multiprocessing
import multiprocessing.dummy
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograder import fast_forest

Train = Callable[..., Any]


@dataclass(frozen=True)
class Way:
    """One way.

    Parameters
    ----------
    name : str
        On file and in the option.
    words : str
        In the table and the plot.
    train : callable
        From (model, tree_args, X, y, processes) to the fitted forest.
    ready : bool
        It starts its processes before the clock: `train` gives a function without arguments.
    """

    name: str
    words: str
    train: Train
    ready: bool = False

    def start(self, *arguments: Any) -> Callable[[], Any]:
        """Get ready; what is given back does the training, and is timed."""
        return self.train(*arguments) if self.ready else partial(self.train, *arguments)


def serial(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """scikit-learn alone, in one thread."""
    return model(**tree_args, n_jobs=1).fit(X, y)


def n_jobs(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """scikit-learn's own threads."""
    return model(**tree_args, n_jobs=processes).fit(X, y)


def ideal(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Callable[[], Any]:
    """The split that nothing is lost in: each process has a copy of X already, and keeps its trees.

    Only the training is timed. Nobody can use these trees: it is what the others are measured by.
    """
    context = multiprocessing.get_context("fork")
    pairs = [context.Pipe() for _ in range(processes)]
    shares = [len(share) for share in np.array_split(range(tree_args["n_estimators"]), processes)]
    X = fast_forest.as_trees_want_it(X)

    def work(pipe: Any, trees: int, seed: int) -> None:
        mine = X.copy()
        pipe.send("ready")
        pipe.recv()
        model(**{**tree_args, "n_estimators": trees, "random_state": seed}, n_jobs=1).fit(mine, y)
        pipe.send("done")

    workers = [
        context.Process(target=work, args=(theirs, trees, seed), daemon=True)
        for seed, ((_, theirs), trees) in enumerate(zip(pairs, shares, strict=True))
    ]
    for worker in workers:
        worker.start()
    for ours, _ in pairs:
        ours.recv()

    def go() -> None:
        for ours, _ in pairs:
            ours.send("go")
        for (ours, _), worker in zip(pairs, workers, strict=True):
            ours.recv()
            worker.join()

    return go


def one_tree(model: Any, tree_args: dict[str, Any], seed: int, X: Any, y: Any) -> Any:
    """A forest of one tree."""
    return model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y)


def joined(model: Any, tree_args: dict[str, Any], forests: list[Any]) -> Any:
    """Forests of one tree each as one forest."""
    whole = forests[0].set_params(**{"random_state": None, **tree_args})
    whole.estimators_ = [forest.estimators_[0] for forest in forests]
    return whole


def threads(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """``multiprocessing.dummy``: a forest of one tree each in threads, on X as the trees want it."""
    grow = partial(one_tree, model, tree_args, X=fast_forest.as_trees_want_it(X), y=y)
    with multiprocessing.dummy.Pool(processes) as pool:
        forests = pool.map(grow, fast_forest.seeds(tree_args), chunksize=1)
    return joined(model, tree_args, forests)


def loky(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """joblib with its usual processes."""
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    grow = delayed(partial(one_tree, model, tree_args))
    forests = Parallel(n_jobs=processes)(grow(seed, X, y) for seed in fast_forest.seeds(tree_args))
    get_reusable_executor().shutdown(wait=True)
    return joined(model, tree_args, forests)


def futures(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """``concurrent.futures``, X sent with each task, a few trees a task so that it is not sent for each."""
    grow = partial(one_tree, model, tree_args)
    few = max(1, tree_args["n_estimators"] // (4 * processes))
    with ProcessPoolExecutor(processes) as pool:
        seeds = fast_forest.seeds(tree_args)
        forests = list(pool.map(grow, seeds, itertools.repeat(X), itertools.repeat(y), chunksize=few))
    return joined(model, tree_args, forests)


def dask(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """Dask on this machine: X scattered to every worker once."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=processes, threads_per_worker=1, dashboard_address=None, memory_limit=0, silence_logs=40
        ) as cluster,
        Client(cluster) as client,
    ):
        data = client.scatter({"X": X, "y": y}, broadcast=True)
        grown = client.map(partial(one_tree, model, tree_args), fast_forest.seeds(tree_args), **data)
        forests = client.gather(grown)
    return joined(model, tree_args, forests)


def _slides_tree(model: Any, tree_args: dict[str, Any], X: Any, y: Any, number: int) -> Any:
    return model(**tree_args, random_state=number).fit(X, y)


def slides(model: Any, tree_args: dict[str, Any], X: Any, y: Any, processes: int) -> Any:
    """The slides' function, mended as little as possible.

    `range` for `xrange`, a function of a module for the lambda, a copy of `tree_args`, another seed for each
    tree, and the rest of a fitted forest taken from the first. X is still sent with every chunk of tasks.
    """
    n = tree_args["n_estimators"]
    pool = multiprocessing.Pool(processes)
    tree_args = {**tree_args, "n_estimators": 1}
    tree_args.pop("random_state", None)
    forests = pool.map(partial(_slides_tree, model, tree_args, X, y), range(n))
    pool.close()
    pool.join()
    return joined(model, {**tree_args, "n_estimators": n}, forests)


WAYS = {
    way.name: way
    for way in (
        Way("serial", "serial", serial),
        Way("ideal", "ideal split", ideal, ready=True),
        Way("processes", "ours, processes", fast_forest.train),
        Way("threads", "ours, threads", threads),
        Way("n_jobs", "scikit-learn n_jobs", n_jobs),
        Way("loky", "joblib, loky", loky),
        Way("futures", "concurrent.futures", futures),
        Way("dask", "Dask, LocalCluster", dask),
        Way("slides", "the slides', mended", slides),
    )
}
