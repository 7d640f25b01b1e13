"""The verdict's arithmetic: no clock, no process; all noise here is drawn from fixed seeds."""

from __future__ import annotations

import math
import random

import pytest

from autograder.verdict import Block, Rule, Usage, decide, efficiencies, interval, undecided

P = 2


def efficiency(block: Block, processes: int, estimator: str) -> float:
    (value,) = efficiencies([block], processes, estimator)
    return value


def usage(wall: float, cpu: float, wait: float = 0.0) -> Usage:
    return Usage(wall=wall, cpu=cpu, wait=wait, processes=P)


IDEAL = usage(wall=0.5, cpu=1.0)


@pytest.mark.parametrize("yours", [usage(0.5, 1.0), usage(0.8, 1.0), usage(1.0, 1.0)])
def test_without_contention_or_waste_efficiency_is_the_ratio_of_times(yours):
    assert efficiency(Block(yours, IDEAL), P, "scheduler") == pytest.approx(IDEAL.wall / yours.wall)
    assert efficiency(Block(yours, IDEAL), P, "wall") == pytest.approx(IDEAL.wall / yours.wall)


def test_waiting_for_a_core_that_others_use_does_not_count_against_an_answer():
    starved = usage(wall=1.0, cpu=1.0, wait=0.99)  # it asked for two cores and got one
    assert efficiency(Block(starved, IDEAL), P, "scheduler") == pytest.approx(0.995)
    assert efficiency(Block(starved, IDEAL), P, "wall") == 0.5


def test_waiting_for_a_core_while_another_is_idle_earns_nothing():
    # A serial answer with idlers pinned beside it: they wait all the time, and the other core is free.
    pinned = Usage(wall=1.0, cpu=1.0, wait=0.95, processes=4, idle=0.97)
    assert efficiency(Block(pinned, IDEAL), P, "scheduler") < 0.55


def test_waiting_much_longer_than_one_computes_earns_nothing():
    # A busy machine, no core idle. Beside the serial work, a herd that wakes together and queues for show.
    crowd = tuple((0.002, 0.08) for _ in range(100))
    herd = Usage(wall=2.0, cpu=1.2, wait=9.0, processes=103, threads=((1.0, 1.0), *crowd))
    crowded = Usage(wall=1.0, cpu=1.0, wait=0.9, processes=4, threads=((0.5, 0.45), (0.5, 0.45)))
    assert efficiency(Block(herd, crowded), P, "scheduler") < 0.75
    # Two honest workers that wait as long as they compute are believed.
    honest = Usage(wall=1.0, cpu=1.0, wait=1.0, processes=4, threads=((0.5, 0.5), (0.5, 0.5)))
    assert efficiency(Block(honest, crowded), P, "scheduler") > 0.95


def test_only_waiting_beside_idle_cores_is_being_held_back():
    def held(wait, idle):
        return Usage(wall=2.0, cpu=2.0, wait=wait, processes=3, idle=idle).held_back

    assert held(wait=2.0, idle=0.9) == 0.9
    assert held(wait=1.0, idle=0.9) == 0.5
    assert held(wait=2.0, idle=0.0) == held(wait=0.0, idle=1.0) == 0.0


def test_noise_in_the_work_ratio_takes_nothing_from_a_good_answer():
    # The same work took 20% more CPU time once and 20% less another time: a core's speed, not the answer.
    blocks = [Block(usage(0.6, 1.2), IDEAL), Block(usage(0.5 / 1.2, 1 / 1.2), IDEAL)]
    first, second = efficiencies(blocks, P, "scheduler")
    assert math.sqrt(first * second) == pytest.approx(1)
    # On average less work than the ideal split's is no merit either.
    assert efficiencies([Block(usage(0.4, 0.8), IDEAL)] * 2, P, "scheduler") == pytest.approx([1, 1])


def test_work_is_compared_at_the_same_speed_of_the_cores():
    slow = Usage(1.0, 2.0, 0.0, P, piece=2e-5)  # the neighbour came; without it: 0.5 s, as the ideal split
    ideal = Usage(0.5, 1.0, 0.0, P, piece=1e-5)
    assert efficiency(Block(slow, ideal), P, "scheduler") == pytest.approx(1)
    wasteful = Usage(1.0, 2.0, 0.0, P, piece=1e-5)
    assert efficiency(Block(wasteful, ideal), P, "scheduler") == pytest.approx(0.5)
    unknown = Usage(1.0, 2.0, 0.0, P)
    assert efficiency(Block(unknown, ideal), P, "scheduler") == pytest.approx(0.5)


def test_an_uneven_answer_gains_nothing_from_a_busy_machine():
    """Three quarters of the work in one process, beside a busy process on each of two cores.

    While both run, each has half a core; afterwards the long one has one to itself in turn. The moments in
    which the answer is parallel are stretched, and D averaged over all of them says 1.5.
    """
    moments = ((1.0, 1.0, 1.0), (1.0, 1.0, 0.0))
    threads = ((1.5, 0.5), (0.5, 0.5))
    yours = Usage(2.0, 2.0, 1.0, P, threads=threads, moments=moments)
    ideal = Usage(2.0, 2.0, 2.0, P, threads=((1.0, 1.0), (1.0, 1.0)))
    assert yours.alone(P, patience=4.0) == pytest.approx(1.5)
    assert yours.asked == 1.5
    assert efficiency(Block(yours, ideal), P, "scheduler") == pytest.approx(2 / 3)


def test_the_ideal_split_is_known_by_its_build_however_it_was_held_up():
    # One of its processes had to share a core, and ended late; alone both would have ended together.
    ideal = Usage(1.5, 2.1, 0.5, P, threads=((1.0, 0.0), (1.0, 0.5), (0.1, 0.0)))
    assert ideal.alone_apart(P) == pytest.approx(1.1)


def test_a_serial_answer_gains_nothing_when_two_processes_slow_each_other_down():
    # On two hyperthreads of one core the same work burns more CPU time when split.
    crowded = usage(wall=0.95, cpu=1.9)
    serial = usage(wall=1.0, cpu=1.0)
    assert efficiency(Block(serial, crowded), P, "scheduler") == pytest.approx(0.5)


def test_double_work_on_all_cores_halves_efficiency():
    assert efficiency(Block(usage(wall=1.0, cpu=2.0), IDEAL), P, "scheduler") == pytest.approx(0.5)


def test_more_processes_than_cores_do_not_raise_efficiency():
    oversubscribed = usage(wall=0.55, cpu=1.1, wait=30.0)
    assert efficiency(Block(oversubscribed, IDEAL), P, "scheduler") == pytest.approx(1 / 1.1)


def test_a_75_25_split_falls_short():
    split = usage(wall=0.75, cpu=1.0)
    assert efficiency(Block(split, IDEAL), P, "scheduler") == pytest.approx(2 / 3)


def test_no_verdict_before_the_least_number_of_blocks():
    rule = Rule(0.8, min_blocks=3)
    assert decide([0.2, 0.2], rule) is None
    assert decide([0.2, 0.2, 0.2], rule).verdict == "fail"


def test_blocks_that_disagree_are_not_averaged_into_certainty():
    assert decide([1.4, 0.6, 1.3], Rule(0.8)) is None


def test_the_budget_ends_in_a_verdict_that_is_neither():
    rule = Rule(0.8, max_blocks=5)
    decision = decide([0.8, 0.82, 0.78, 0.8, 0.8], rule)
    assert decision.verdict == "inconclusive"
    assert decision.low < 0.8 < decision.high


def test_nothing_measured_is_nothing_known():
    nothing = undecided([], Rule(0.8))
    assert nothing.verdict == "inconclusive" and math.isnan(nothing.efficiency)
    assert (nothing.low, nothing.high) == (0.0, math.inf)


def test_the_interval_narrows_with_blocks_and_widens_with_noise():
    rule = Rule(0.8)

    def width(values: list[float]) -> float:
        _, low, high = interval(values, rule)
        return high - low

    assert width([0.0] * 8) < width([0.0] * 4)
    assert width([-0.2, 0.2] * 4) > width([-0.1, 0.1] * 4)


def verdicts(true: float, noise: float, trials: int, outliers: float = 0.0) -> dict[str, int]:
    """Verdicts of many made runs: log-normal noise, and now and then a block that is 40% off."""
    rng = random.Random(20_260_101)
    rule = Rule(0.8)
    found = {"pass": 0, "fail": 0, "inconclusive": 0}
    for _ in range(trials):
        values: list[float] = []
        decision = None
        while decision is None:
            off = rng.choice([-0.4, 0.4]) if rng.random() < outliers else 0.0
            values.append(true * math.exp(rng.gauss(0, noise) + off))
            decision = decide(values, rule)
        found[decision.verdict] += 1
    return found


@pytest.mark.parametrize("noise", [0.05, 0.1])
@pytest.mark.parametrize("outliers", [0.0, 0.05])
def test_of_two_thousand_made_runs_none_gets_the_wrong_verdict(noise, outliers):
    assert verdicts(0.8 * 0.85, noise, 1000, outliers)["pass"] == 0
    assert verdicts(0.8 / 0.85, noise, 1000, outliers)["fail"] == 0


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.2])
def test_a_serial_answer_is_never_passed_and_nearly_always_failed(noise):
    found = verdicts(0.5, noise, 1000)
    assert found["pass"] == 0 and found["fail"] >= 990


def test_looking_after_every_block_does_not_add_up_errors():
    # At the threshold itself every verdict is wrong half the time at random; a test repeated at each
    # look would give one nearly always, a confidence sequence almost never does.
    found = verdicts(0.8, 0.05, 1000)
    assert found["pass"] + found["fail"] <= 5
