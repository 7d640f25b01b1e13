"""Made verdicts: the same rule as the real ones, and rates that are known where they can be known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from autograder.bench.simulate import decide_all, draw, error_curve, noise_of, pools_of
from autograder.verdict import Rule, decide


def made_noise(sd: float, trials: int, blocks: int, seed: int) -> list[list[float]]:
    return np.random.default_rng(seed).normal(0, sd, (trials, blocks)).tolist()


@pytest.mark.parametrize("noise", [0.03, 0.1, 0.3])
@pytest.mark.parametrize("true", [0.5, 0.7, 0.8, 0.85, 1.0])
def test_many_at_once_are_decided_as_one_by_one(noise, true):
    rule = Rule(0.8)
    values = np.array(made_noise(noise, 40, rule.max_blocks, 7)) + math.log(true)
    verdicts, blocks = decide_all(values, rule)
    for row, verdict, number in zip(values, verdicts, blocks, strict=True):
        for count in range(1, rule.max_blocks + 1):
            decision = decide([math.exp(value) for value in row[:count]], rule)
            if decision is not None:
                break
        assert (decision.verdict, count) == ({1: "pass", -1: "fail", 0: "inconclusive"}[int(verdict)], number)


def test_what_is_drawn_comes_from_whole_trials():
    pool = [np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0])]
    rows = draw(pool, 200, 7, np.random.default_rng(3))
    follows = {1.0: {2.0}, 2.0: {3.0}, 10.0: {20.0}, 3.0: {1.0, 10.0}, 20.0: {1.0, 10.0}}
    for row in rows:
        assert row[0] in (1.0, 10.0)
        assert all(after in follows[before] for before, after in pairwise(row))
    assert set(rows[:, 0]) == {1.0, 10.0}


def test_noise_has_no_mean_and_the_spread_of_a_sample():
    trials = made_noise(0.1, 5, 4, 11)
    noise = np.concatenate(noise_of([[value + 3 for value in trial] for trial in trials]))
    assert noise.mean() == pytest.approx(0)
    assert noise.std(ddof=0) == pytest.approx(np.std(trials, ddof=1))


def test_a_trial_that_is_off_as_a_whole_stays_off():
    """Ten trials, each off by its own amount and else without noise: averaging over blocks must not help."""
    off = np.linspace(-0.3, 0.3, 10)
    together = pools_of({"answer": [np.exp([shift] * 24).tolist() for shift in off]})
    (rates,) = error_curve(together, [0.85], 5000, seed=1)
    mixed = pools_of({"answer": [[math.exp(shift)] for shift in np.repeat(off, 24)]})
    (better,) = error_curve(mixed, [0.85], 5000, seed=1)
    assert rates.passed > 0.15 > better.passed


def test_rates_add_up_and_the_wrong_side_is_the_other_one():
    pools = pools_of({"answer": [np.exp(trial).tolist() for trial in made_noise(0.1, 50, 6, 5)]})
    below, above = error_curve(pools, [0.7, 1.3], 4000, seed=2)
    for rates in (below, above):
        assert rates.passed + rates.failed + rates.undecided == pytest.approx(1)
        assert rates.wrong < 0.001
    assert below.failed > 0.98 and above.passed > 0.98
    assert below.wrong == below.passed and above.wrong == above.failed


def test_the_same_seed_gives_the_same_curve():
    pools = pools_of({"answer": [np.exp(trial).tolist() for trial in made_noise(0.1, 9, 4, 5)]})
    one, same, other = (error_curve(pools, [0.95], 3000, seed) for seed in (1, 1, 2))
    assert one == same != other


def test_more_noise_takes_more_blocks():
    quiet, noisy = (
        error_curve(
            pools_of({"a": [np.exp(trial).tolist() for trial in made_noise(sd, 40, 6, 5)]}), [0.85], 2000, 1
        )[0]
        for sd in (0.03, 0.12)
    )
    assert quiet.blocks < noisy.blocks and quiet.undecided <= noisy.undecided
