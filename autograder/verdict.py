"""From measured blocks to a verdict: pure arithmetic, no clock, no process.

A block is one run of the student's answer and one of the ideal split of the same inputs, in random
order. Each block yields one efficiency

    E = min(D_yours, p) / min(D_ideal, p) x min(1, W_ideal / W_yours)    ("scheduler")
    E = T_ideal / T_yours                                                ("wall")

with D the cores asked for (CPU time + run-queue wait, over wall time), W the CPU work and T the
wall time. Without contention the two are the same number; with it, only the first still is E.
The work ratio is capped at 1: two processes on two hyperthreads of one core burn more CPU time for
the same work than one alone does, and a serial answer must not gain from that. Waiting counts only as
far as it can be believed (see `Usage.needed`), or a serial answer could wait for show.

After each block a confidence sequence bounds the mean of log E. It holds at every block at once,
so one may look after each and stop at will. Above the threshold: pass; below: fail; budget over:
inconclusive, which is neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograder.findings import Verdict

Estimator = Literal["scheduler", "wall"]


@dataclass(frozen=True)
class Usage:
    """What a tree used between two moments.

    Parameters
    ----------
    wall, cpu, wait : float
        Seconds: by the clock, of CPU time, and of waiting for a core, summed over all threads.
    processes : int
        Most processes seen at once, the runner and its own ancestors in the box among them.
    idle : float
        Usable cores that nobody used meanwhile, on average.
    threads : tuple of (float, float)
        CPU time and run-queue wait of each thread that waited, in seconds.
    watching : float
        CPU time that the harness spent to observe this, in seconds; no part of `cpu`.
    """

    wall: float
    cpu: float
    wait: float
    processes: int
    idle: float = 0.0
    threads: tuple[tuple[float, float], ...] = ()
    watching: float = 0.0

    @property
    def asked(self) -> float:
        """D: cores asked for, on average."""
        return (self.cpu + self.wait) / self.wall if self.wall > 0 else 0.0

    @property
    def held_back(self) -> float:
        """Cores that it waited for while as many were idle: the mark of a quota, which no one may exceed."""
        return min(self.wait / self.wall, self.idle) if self.wall > 0 else 0.0

    def needed(self, patience: float) -> float:
        """As `asked`, but counting only waiting that was for a core and not for show.

        A thread that waits much longer than it computes is not held up by others, it queues on purpose (an
        idler of the lowest priority, a herd that wakes together): each thread's waiting counts up to
        `patience` times its CPU time. And who waits while a core is idle (pinned beside another) waits by
        its own doing: waiting counts only as far as no core was idle.
        """
        believed = sum(min(wait, patience * cpu) for cpu, wait in self.threads) if self.threads else self.wait
        credit = max(0.0, 1.0 - self.idle)
        return (self.cpu + credit * believed) / self.wall if self.wall > 0 else 0.0


@dataclass(frozen=True)
class Block:
    """One run of each, on the same inputs, one after the other."""

    yours: Usage
    ideal: Usage


@dataclass(frozen=True)
class Rule:
    """How blocks become a verdict.

    Parameters
    ----------
    threshold : float
        The efficiency that earns the speed points.
    alpha : float
        Chance that the interval ever misses the true mean, if the noise is as assumed.
    min_blocks, max_blocks : int
        Blocks before a verdict is given, and before it is given up.
    noise : float
        Standard deviation of log E expected of one block.
    noise_weight : float
        How many blocks that expectation is worth against the noise seen.
    effect : float
        Variance expected of the distance of log E from the threshold, in variances of the noise.
    """

    threshold: float
    alpha: float = 0.003
    min_blocks: int = 3
    max_blocks: int = 24
    noise: float = 0.06
    noise_weight: float = 6.0
    effect: float = 50.0


@dataclass(frozen=True)
class Decision:
    """A verdict and the interval behind it."""

    verdict: Verdict
    efficiency: float
    low: float
    high: float


def efficiency(block: Block, processes: int, estimator: Estimator) -> float:
    """Efficiency of the student's run in one block, dimensionless, 1 for the ideal split.

    Examples
    --------
    >>> ideal = Usage(wall=0.5, cpu=1.0, wait=0.0, processes=3)
    >>> serial = Usage(wall=1.0, cpu=1.0, wait=0.0, processes=1)
    >>> efficiency(Block(yours=serial, ideal=ideal), processes=2, estimator="scheduler")
    0.5
    """
    yours, ideal = block.yours, block.ideal
    if estimator == "wall":
        return ideal.wall / yours.wall
    # The ideal split shows how long one has to wait here and now; bursts may hit only one of the two.
    patience = max(1.0, 2 * ideal.wait / ideal.cpu)
    asked = min(yours.needed(patience), processes) / min(ideal.needed(patience), processes)
    return asked * min(1.0, ideal.cpu / yours.cpu)


def interval(values: Sequence[float], rule: Rule) -> tuple[float, float, float]:
    """Mean of `values` and the ends of its confidence sequence.

    A mean is inside while the mixture "the true mean lies elsewhere" is not yet 1/alpha times as
    likely. The noise is unknown, with a conjugate prior worth `noise_weight` blocks, so that three
    blocks which happen to agree do not end the matter, and blocks which disagree are not averaged
    into certainty. With few blocks everything may be inside: the ends are then infinite.

    Parameters
    ----------
    values : sequence of float
        log E of each block; at least one.
    rule : Rule

    Returns
    -------
    mean, low, high : float

    References
    ----------
    Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of
    Mathematical Statistics 41(5), 1970 (mixtures). Lai, "On confidence sequences", Annals of
    Statistics 4(2), 1976 (unknown variance).
    """
    count = len(values)
    mean = math.fsum(values) / count
    scatter = rule.noise_weight * rule.noise**2 + math.fsum((value - mean) ** 2 for value in values)
    spread = 1 + count * rule.effect
    odds = (math.sqrt(spread) / rule.alpha) ** (2 / (rule.noise_weight + count))
    if odds >= spread:
        return mean, -math.inf, math.inf
    radius = math.sqrt(scatter * (odds - 1) / (count * (1 - odds / spread)))
    return mean, mean - radius, mean + radius


def decide(efficiencies: Sequence[float], rule: Rule) -> Decision | None:
    """The verdict after these blocks, or None if another block is needed.

    Parameters
    ----------
    efficiencies : sequence of float
        E of each block so far, all positive.
    rule : Rule

    Examples
    --------
    >>> decide([0.5, 0.52, 0.49], Rule(threshold=0.8)).verdict
    'fail'
    >>> decide([0.95, 0.97], Rule(threshold=0.8)) is None
    True
    """
    if len(efficiencies) < rule.min_blocks:
        return None
    so_far = undecided(efficiencies, rule)
    if so_far.low >= rule.threshold:
        return replace(so_far, verdict="pass")
    if so_far.high < rule.threshold:
        return replace(so_far, verdict="fail")
    return so_far if len(efficiencies) >= rule.max_blocks else None


def undecided(efficiencies: Sequence[float], rule: Rule) -> Decision:
    """What is known so far, without a verdict; from no block at all, nothing."""
    if not efficiencies:
        return Decision("inconclusive", math.nan, 0.0, math.inf)
    mean, low, high = (_exp(value) for value in interval([math.log(e) for e in efficiencies], rule))
    return Decision("inconclusive", mean, low, high)


def _exp(value: float) -> float:
    return math.inf if value == math.inf else math.exp(value)
