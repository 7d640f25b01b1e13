"""From measured blocks to a verdict: pure arithmetic, no clock, no process.

A block is one run of the student's answer and one of the ideal split of the same inputs, in random
order. Each block yields one efficiency

    E = min(D_yours, p) / min(D_ideal, p) x min(1, W_ideal / W_yours)    ("scheduler")
    E = T_ideal / T_yours                                                ("wall")

with W the CPU work, T the wall time, and D the cores that a run would keep busy if it had p of them to
itself: W over the time that it would then take. For an answer that time is put together from what its
threads did and waited for, a moment at a time (`Usage.alone`); for the ideal split it follows from its
build, p processes that never meet (`Usage.alone_apart`). Without contention this is E as the clock tells
it; with it, the clock is wrong. The work ratio is capped at 1: two processes on two hyperthreads of one
core burn more CPU time for the same work than one alone does, and a serial answer must not gain from
that; the cap is on the mean over the blocks. W is taken at the same speed of the cores (`Usage.piece`).
Waiting counts only as far as it can be believed, or a serial answer could wait for show.

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
        CPU time and run-queue wait of each thread, in seconds.
    moments : tuple of (float, float, float)
        The same time in pieces: seconds, CPU time and wait in each, one after the other.
    piece : float
        CPU seconds that a small fixed piece of work took meanwhile (`autograder.pace`); 0.0 if unknown.
    watching : float
        CPU time that the harness spent to observe this, in seconds; no part of `cpu`.
    """

    wall: float
    cpu: float
    wait: float
    processes: int
    idle: float = 0.0
    threads: tuple[tuple[float, float], ...] = ()
    moments: tuple[tuple[float, float, float], ...] = ()
    piece: float = 0.0
    watching: float = 0.0

    @property
    def asked(self) -> float:
        """D: cores asked for, on average."""
        return (self.cpu + self.wait) / self.wall if self.wall > 0 else 0.0

    @property
    def held_back(self) -> float:
        """Cores that it waited for while as many were idle: the mark of a quota, which no one may exceed."""
        return min(self.wait / self.wall, self.idle) if self.wall > 0 else 0.0

    def believed(self, patience: float) -> float:
        """The share of the waiting that was for a core and not for show, 0 to 1.

        A thread that waits much longer than it computes is not held up by others, it queues on purpose (an
        idler of the lowest priority, a herd that wakes together): each thread's waiting counts up to
        `patience` times its CPU time. And who waits while a core is idle (pinned beside another) waits by
        its own doing: waiting counts only as far as no core was idle.
        """
        waited = math.fsum(wait for _, wait in self.threads)
        genuine = math.fsum(min(wait, patience * cpu) for cpu, wait in self.threads)
        return max(0.0, 1.0 - self.idle) * (genuine / waited if waited > 0 else 1.0)

    def alone(self, processes: int, patience: float) -> float:
        """Seconds that this would take with `processes` cores to itself.

        In each moment n threads on average ran or wanted to. Alone, min(n, p) of them would have run, and
        the moment's work would have been done in its CPU time over that; a lone thread would just not have
        waited. Averaged over the whole run instead, an uneven answer would look better the busier the
        machine is: the moments in which it is parallel are the ones that contention stretches.
        """
        share = self.believed(patience)
        seconds = 0.0
        for wall, cpu, wait in self.moments or ((self.wall, self.cpu, self.wait),):
            wanted = (cpu + share * wait) / wall
            seconds += wall - share * wait if wanted <= 1 else cpu / min(wanted, processes)
        return seconds

    def alone_apart(self, processes: int) -> float:
        """The same for `processes` processes that never meet and share the work evenly: theirs, and the rest.

        The rest is what other threads did, one after the other: the parent that starts them.
        """
        ran = sorted((cpu for cpu, _ in self.threads), reverse=True)
        if not ran:
            return self.alone(processes, math.inf)
        rest = math.fsum(ran[processes:])
        return rest + max(0.0, self.cpu - rest) / processes


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


def efficiencies(blocks: Sequence[Block], processes: int, estimator: Estimator) -> list[float]:
    """Efficiency of the student's run in each block, dimensionless, 1 for the ideal split.

    The cap on the work ratio is put on its mean over the blocks: it is the noisiest part, and capping each
    block would take from a good answer whatever noise takes, and never give back what noise gives.

    Examples
    --------
    >>> ideal = Usage(wall=0.5, cpu=1.0, wait=0.0, processes=3)
    >>> serial = Usage(wall=1.0, cpu=1.0, wait=0.0, processes=1)
    >>> efficiencies([Block(yours=serial, ideal=ideal)], processes=2, estimator="scheduler")
    [0.5]
    """
    if estimator == "wall":
        return [block.ideal.wall / block.yours.wall for block in blocks]
    work = [_work_ratio(block) for block in blocks]
    surplus = max(1.0, math.exp(math.fsum(map(math.log, work)) / len(work))) if work else 1.0
    kept = [_kept_busy(block, processes) for block in blocks]
    return [busy * ratio / surplus for busy, ratio in zip(kept, work, strict=True)]


def _work_ratio(block: Block) -> float:
    """W_ideal / W_yours, at the same speed of the cores if both speeds are known."""
    yours, ideal = block.yours, block.ideal
    slower = ideal.piece / yours.piece if yours.piece > 0 and ideal.piece > 0 else 1.0
    return ideal.cpu / yours.cpu / slower


def _kept_busy(block: Block, processes: int) -> float:
    """Cores that the answer would keep busy alone, over those that the ideal split would."""
    yours, ideal = block.yours, block.ideal
    # The ideal split shows how long one has to wait here and now; bursts may hit only one of the two.
    patience = max(1.0, 2 * ideal.wait / ideal.cpu)
    busy = yours.cpu / yours.alone(processes, patience)
    return min(busy, processes) / min(ideal.cpu / ideal.alone_apart(processes), processes)


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
