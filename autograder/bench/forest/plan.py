"""Which trainings the bench runs, and in which order.

A round trains every way once, in random order, so that a busy hour or a hot processor hits all ways alike.
What is compared is compared within a round.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from typing import Any

from autograder.bench.forest.data import Size

DENSE = Size("dense", rows=50_000, features=400)
GROWING = ("serial", "ideal", "processes", "threads", "n_jobs")
_SHARES = (0.25, 0.5, 1.0)  # of the full number of trees, rows and features
_AT_FULL_SIZE = 0.4  # of trees, for series: what is compared there are ratios
_LEAST = {"rows": 500, "features": 50, "trees": 4}


@dataclass(frozen=True)
class Training:
    """One way on data of one size, in one round (counted from 0)."""

    size: Size
    way: str
    round: int

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells its line on file from all others."""
        return (*astuple(self.size), self.way, self.round)


def key_of(line: dict[str, Any]) -> tuple[Any, ...]:
    """The key of the training that a line on file tells of."""
    return Training(Size(**line["size"]), line["way"], line["round"]).key


def scaled(size: Size, scale: float) -> Size:
    """A size whose rows, features and trees are this share of another's, but never next to nothing.

    Examples
    --------
    >>> scaled(Size(), 0.1)
    Size(kind='sparse', rows=10000, features=2910, trees=10, processes=2, words=60)
    """
    smaller = {name: max(least, round(scale * getattr(size, name))) for name, least in _LEAST.items()}
    return replace(size, **smaller)


def series(size: Size, cores: int) -> list[Size]:
    """Sizes that differ from one in trees, rows, features or workers alone.

    Parameters
    ----------
    size : Size
        The largest.
    cores : int
        Usable; one worker more is tried too.
    """
    fewer = replace(size, trees=max(_LEAST["trees"], round(_AT_FULL_SIZE * size.trees)))
    found = [
        replace(fewer, **{name: max(_LEAST[name], round(share * getattr(fewer, name)))})
        for name in ("trees", "rows", "features")
        for share in _SHARES
    ]
    found += [replace(fewer, processes=number) for number in range(1, cores + 2)]
    return list(dict.fromkeys(found))


def plan(sizes: Sequence[Size], ways: Sequence[str], rounds: int, seed: int) -> list[Training]:
    """All trainings: round by round, size by size, the ways shuffled.

    Examples
    --------
    >>> asked = plan([Size()], ["serial", "dask"], rounds=3, seed=1)
    >>> [training.round for training in asked]
    [0, 0, 1, 1, 2, 2]
    """
    asked = []
    for number in range(rounds):
        for size in sizes:
            order = list(ways)
            random.Random(f"{seed}:{number}:{asdict(size)}").shuffle(order)
            asked += [Training(size, way, number) for way in order]
    return asked
