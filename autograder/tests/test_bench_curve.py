"""From lines on file to an error curve: the efficiencies of the verdict's own formula, and rates that fit."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from PIL import Image

from autograder.bench.curve import ALL, as_markdown, curves, draw, efficiencies, worst
from autograder.bench.picture import save
from autograder.bench.verdicts import pack
from autograder.verdict import Usage

IDEAL = Usage(0.5, 1.0, 0.0, 3)


def line(answer: str, condition: str, walls: list[float], kind: str = "cpu") -> dict[str, object]:
    """A trial whose runs kept one core busy and a second one in part."""
    blocks = [{"yours": pack(Usage(wall, 1.0, 0.0, 3)), "ideal": pack(IDEAL)} for wall in walls]
    return {
        "exercise": "f", "answer": answer, "condition": condition, "kind": kind, "processes": 2,
        "blocks": blocks,
    }  # fmt: skip


def noisy(condition: str, noise: float, seed: int) -> list[dict[str, object]]:
    rng = random.Random(seed)
    return [line("a", condition, [0.6 * rng.lognormvariate(0, noise) for _ in range(4)]) for _ in range(12)]


LINES = [*noisy("quiet", 0.03, 1), *noisy("bursts", 0.15, 2)]


def test_efficiencies_are_told_by_answer_and_condition_and_trial():
    lines = [line("a", "quiet", [0.5, 1.0]), line("a", "quiet", [0.8]), line("a", "bursts", [], "wall")]
    assert efficiencies(lines) == {("f", "a", "quiet"): [[1.0, 0.5], [pytest.approx(0.625)]]}


def test_work_that_waits_is_taken_by_the_clock():
    waits = {**line("a", "quiet", [0.8], "wall")}
    waits["blocks"][0]["yours"][1] = 0.01  # its CPU time
    assert efficiencies([waits]) == {("f", "a", "quiet"): [[pytest.approx(0.625)]]}


def test_noise_moves_the_curve_where_it_was():
    told = curves(LINES, relatives=[0.85, 1.15], verdicts=3000)
    assert list(told) == [ALL, "quiet", "bursts"]
    for quiet, bursts in zip(told["quiet"], told["bursts"], strict=True):
        assert quiet["blocks"] < bursts["blocks"] and quiet["undecided"] <= bursts["undecided"]
    assert worst(told[ALL]) < 0.005
    assert json.loads(json.dumps(told)) == told


def test_the_worst_is_looked_for_far_from_the_threshold_only():
    rates = [
        {"relative": relative, "wrong": wrong} for relative, wrong in ((0.8, 0.1), (0.9, 0.3), (1.2, 0.2))
    ]
    assert worst(rates) == 0.2
    assert worst(rates, far=0.05) == 0.3


def test_table_and_picture_tell_the_same(tmp_path):
    told = curves(LINES, relatives=[0.7, 0.9, 1.1, 1.3], verdicts=2000)
    text = as_markdown(told, verdicts=2000)
    assert "| 0.70 | 0 | 0% | " in text and text.count("| 1.10 | ") == 1
    figure = draw(told, "2 usable cores, made up", verdicts=2000)
    wrong, undecided = figure.axes
    # All conditions and each; beside them the bar, the edges and the threshold.
    assert [text.get_text() for text in undecided.get_legend().get_texts()] == [
        "all conditions", "quiet", "bursts on all cores",
    ]  # fmt: skip
    assert undecided.lines[0].get_ydata()[1] == pytest.approx(100 * told[ALL][1]["undecided"])
    assert "at most 0" in figure.description and wrong.get_yscale() == "log"
    save(figure, "curve", tmp_path)
    assert np.asarray(Image.open(tmp_path / "curve.png").convert("L")).std() > 5
