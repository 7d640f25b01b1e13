"""Three rules that others judge speed by, applied to the same runs: wall time and a fixed bar.

They see what our verdict saw: the wall times of the first three runs of each kind, in order. Their
bars are meant for two processes; with p processes they are scaled by p/2.

A rule on speedup has no place where work waits rather than computes (kind "wall"): there the bar is
another exercise's, and no load on the cores makes waiting longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

RUNS = 3  # of each way, that the rules ask for

Walls = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class OtherRule:
    """A way to judge from wall times.

    Parameters
    ----------
    name : str
        One word.
    words : str
        The rule, for two processes.
    passes : callable
        From the wall times in seconds, by "yours", "ideal" and "serial", and the number of processes.
    """

    name: str
    words: str
    passes: Callable[[Walls, int], bool]


def one_run(walls: Walls, processes: int) -> bool:
    """Speedup of at least 1.5 in a single run.

    Examples
    --------
    >>> one_run({"serial": [1.0], "yours": [0.6]}, processes=2)
    True
    """
    return walls["serial"][0] / walls["yours"][0] >= 1.5 * processes / 2


def min_of_three(walls: Walls, processes: int) -> bool:
    """Fastest of three serial runs over your fastest of three, at least 1.7: Rice's parallel-Java courses.

    Examples
    --------
    >>> min_of_three({"serial": [1.0, 1.1, 1.2], "yours": [0.6, 0.8, 0.7]}, processes=2)
    False
    """
    return min(walls["serial"][:RUNS]) / min(walls["yours"][:RUNS]) >= 1.7 * processes / 2


def best_of_blocks(walls: Walls, processes: int) -> bool:
    """Your fastest of three at most 1.2 times the reference's fastest of three: Stanford's CS149.

    Examples
    --------
    >>> best_of_blocks({"ideal": [0.5, 0.6, 0.5], "yours": [0.6, 0.8, 0.7]}, processes=2)
    True
    """
    return min(walls["yours"][:RUNS]) <= 1.2 * min(walls["ideal"][:RUNS])


OTHERS = (
    OtherRule("one run", "one run, speedup >= 1.5", one_run),
    OtherRule("min of 3", "min of 3, speedup >= 1.7", min_of_three),
    OtherRule("1.2 T_ref", "min of 3, T <= 1.2 T_ref", best_of_blocks),
)


def verdicts_of_others(walls: Walls, processes: int) -> dict[str, str]:
    """What each rule says, "pass" or "fail", by the rule's name; nothing if runs are missing."""
    if any(len(walls[way]) < RUNS for way in ("yours", "ideal", "serial")):
        return {}
    return {rule.name: "pass" if rule.passes(walls, processes) else "fail" for rule in OTHERS}
