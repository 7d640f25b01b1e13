"""Verdicts by the hundred thousand, drawn from blocks that were really measured.

    recorded log E of an answer under a condition  ->  its noise: what is left without the mean
    noise + any true efficiency                    ->  a made verdict, by the very rule that marks

Real verdicts are dear, so rare errors cannot be counted among them. Here the noise is real and only the
true efficiency is made. A made sequence of blocks is put together from the sequences of whole trials, so
that what stays wrong for a trial's time (a slow clock, a busy neighbour) stays wrong here too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.verdict import Rule

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """How made verdicts went for one true efficiency.

    Parameters
    ----------
    relative : float
        The true efficiency over the threshold.
    passed, failed, undecided : float
        Shares of the verdicts, together 1.
    blocks : float
        Blocks to a verdict, on average.
    """

    relative: float
    passed: float
    failed: float
    undecided: float
    blocks: float

    @property
    def wrong(self) -> float:
        """The share that must not be: passed below the threshold, failed above it."""
        return self.passed if self.relative < 1 else self.failed


def noise_of(trials: Sequence[Sequence[float]]) -> list[Array]:
    """What is left of each trial's log E without the mean over all blocks of all trials.

    Widened by the degree of freedom that the mean took, so that few blocks do not look too quiet.

    Parameters
    ----------
    trials : sequence of sequence of float
        Log E of each block, by trial, of one answer under one condition; two blocks or more in all.

    Examples
    --------
    >>> [trial.round(3).tolist() for trial in noise_of([[0.0, 0.2], [0.1, 0.1]])]
    [[-0.115, 0.115], [0.0, 0.0]]
    """
    every = [value for trial in trials for value in trial]
    mean = math.fsum(every) / len(every)
    widen = math.sqrt(len(every) / (len(every) - 1))
    return [widen * (np.asarray(trial) - mean) for trial in trials]


def draw(pool: Sequence[Array], verdicts: int, blocks: int, rng: np.random.Generator) -> Array:
    """Sequences of noise, each put together from whole trials drawn with replacement.

    Parameters
    ----------
    pool : sequence of ndarray
        The noise of trials, as of `noise_of`.
    verdicts, blocks : int
        Rows and columns to draw.

    Returns
    -------
    ndarray, shape (verdicts, blocks)
    """
    lengths = np.array([len(trial) for trial in pool])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    joined = np.concatenate(pool)
    trial = rng.integers(len(pool), size=verdicts)
    place = np.zeros(verdicts, dtype=np.int64)
    drawn = np.empty((verdicts, blocks))
    for column in range(blocks):
        ended = place >= lengths[trial]
        trial[ended] = rng.integers(len(pool), size=int(ended.sum()))
        place[ended] = 0
        drawn[:, column] = joined[starts[trial] + place]
        place += 1
    return drawn


def decide_all(values: Array, rule: Rule) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """`autograder.verdict.decide`, block after block, for many sequences at once.

    Parameters
    ----------
    values : ndarray, shape (verdicts, blocks)
        Log E of each block; as many columns as the rule's `max_blocks`.
    rule : Rule

    Returns
    -------
    verdicts : ndarray of int8
        1 for pass, -1 for fail, 0 for inconclusive.
    blocks : ndarray of int
        Blocks that it took.
    """
    counts = np.arange(1, values.shape[1] + 1)
    mean = np.cumsum(values, axis=1) / counts
    squares = np.maximum(np.cumsum(values**2, axis=1) - counts * mean**2, 0.0)
    scatter = rule.noise_weight * rule.noise**2 + squares
    spread = 1 + counts * rule.effect
    odds = (np.sqrt(spread) / rule.alpha) ** (2 / (rule.noise_weight + counts))
    with np.errstate(divide="ignore", invalid="ignore"):
        radius = np.sqrt(scatter * (odds - 1) / (counts * (1 - odds / spread)))
    radius[:, (odds >= spread) | (counts < rule.min_blocks)] = math.inf
    bar = math.log(rule.threshold)
    passes, fails = mean - radius >= bar, mean + radius < bar
    decided = passes | fails
    first = np.where(decided.any(axis=1), decided.argmax(axis=1), values.shape[1] - 1)
    rows = np.arange(len(values))
    verdicts = passes[rows, first].astype(np.int8) - fails[rows, first].astype(np.int8)
    return verdicts, first + 1


def error_curve(
    pools: Sequence[Sequence[Array]],
    relatives: Sequence[float],
    verdicts: int,
    seed: int,
    rule: Rule | None = None,
) -> list[Rates]:
    """Rates of made verdicts over true efficiencies.

    Parameters
    ----------
    pools : sequence of sequence of ndarray
        The noise of each answer under each condition; all are drawn from equally often.
    relatives : sequence of float
        True efficiencies over the threshold.
    verdicts : int
        How many to draw for each of them.
    seed : int
        The same seed gives the same rates.
    rule : Rule, optional
        The rule that marks, unless told; its threshold does not matter.
    """
    rule = rule or Rule(threshold=1.0)
    rng = np.random.default_rng(seed)
    shares = np.diff(np.linspace(0, verdicts, len(pools) + 1).astype(int))
    noise = np.concatenate(
        [draw(pool, share, rule.max_blocks, rng) for pool, share in zip(pools, shares, strict=True)]
    )
    curve = []
    for relative in relatives:
        made, blocks = decide_all(noise + math.log(relative * rule.threshold), rule)
        curve.append(
            Rates(
                relative=relative,
                passed=float(np.mean(made == 1)),
                failed=float(np.mean(made == -1)),
                undecided=float(np.mean(made == 0)),
                blocks=float(np.mean(blocks)),
            )
        )
    return curve


def pools_of(efficiencies: Mapping[object, Sequence[Sequence[float]]]) -> list[list[Array]]:
    """The noise of each answer under each condition, from the efficiencies of its trials' blocks.

    Parameters
    ----------
    efficiencies : mapping to sequences of sequences of float
        E of each block, by trial; by whatever names an answer under a condition.
    """
    return [
        noise_of([[math.log(value) for value in trial] for trial in trials])
        for trials in efficiencies.values()
        if sum(map(len, trials)) > 1
    ]
