"""The error curve: how often a verdict is wrong or open, over the true efficiency, from recorded blocks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from matplotlib.axes import Axes

from autograder import verdict
from autograder.bench.loads import CONDITIONS
from autograder.bench.simulate import error_curve, pools_of
from autograder.bench.verdicts import Line, unpack
from autograder.plots import DescribedFigure
from autograder.render.palette import PALETTE
from autograder.verdict import Block

ALL = "all"
VERDICTS = 100_000
RELATIVES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4)
FAR = 0.15  # from here on a wrong verdict is held to be an error
_LOOKS = dict(zip(CONDITIONS, ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3))), strict=True))


def efficiencies(lines: Sequence[Line]) -> dict[tuple[str, str, str], list[list[float]]]:
    """E of each block, by trial, of each answer under each condition: as the verdict computed them."""
    found: dict[tuple[str, str, str], list[list[float]]] = defaultdict(list)
    for line in lines:
        estimator: verdict.Estimator = "scheduler" if line["kind"] == "cpu" else "wall"
        blocks = [Block(unpack(block["yours"]), unpack(block["ideal"])) for block in line["blocks"]]
        if blocks:
            key = line["exercise"], line["answer"], line["condition"]
            found[key].append(verdict.efficiencies(blocks, line["processes"], estimator))
    return dict(found)


def curves(
    lines: Sequence[Line],
    relatives: Sequence[float] = RELATIVES,
    verdicts: int = VERDICTS,
    conditions: Sequence[str] | None = None,
    seed: int = 1,
) -> dict[str, list[dict[str, float]]]:
    """Rates of made verdicts, over all blocks on file and by condition.

    Parameters
    ----------
    lines : sequence of dict
        As the bench writes them.
    relatives : sequence of float
        True efficiencies over the threshold.
    verdicts : int
        Made verdicts for each of them.
    conditions : sequence of str, optional
        Which to tell apart; those on file unless told.
    seed : int

    Returns
    -------
    dict
        For "all" and each condition, the fields of `autograder.bench.simulate.Rates`, and "wrong".
    """
    every = efficiencies(lines)
    if conditions is None:
        conditions = [name for name in CONDITIONS if any(key[2] == name for key in every)]
    told = {}
    for name in (ALL, *conditions):
        pools = pools_of({key: trials for key, trials in every.items() if name in (ALL, key[2])})
        if pools:
            rates = error_curve(pools, relatives, verdicts, seed)
            told[name] = [{**asdict(one), "wrong": one.wrong} for one in rates]
    return told


def worst(rates: Sequence[Mapping[str, float]], far: float = FAR) -> float:
    """The largest share of wrong verdicts at `far` or more from the threshold."""
    return max(one["wrong"] for one in rates if abs(one["relative"] - 1) >= far - 1e-9)


def as_markdown(told: Mapping[str, Sequence[Mapping[str, float]]], verdicts: int = VERDICTS) -> str:
    """The curve over all conditions, as a Markdown table with its heading."""
    head = "| true E / threshold | wrong | undecided | blocks, mean |\n| --- | --- | --- | --- |"
    rows = [
        f"| {one['relative']:.2f} | {one['wrong']:.2g} "
        f"| {100 * one['undecided']:.2g}% | {one['blocks']:.1f} |"
        for one in told[ALL]
    ]
    return (
        "## Made verdicts\n\n"
        f"{verdicts:,} verdicts a row, drawn from the noise of all blocks above. At 15% or more from the "
        f"threshold at most {worst(told[ALL]):.2g} of them are wrong. Nearer than that a wrong verdict "
        "is a narrow miss.\n\n" + "\n".join([head, *rows]) + "\n"
    )


def draw(
    told: Mapping[str, Sequence[Mapping[str, float]]], machine: str, verdicts: int = VERDICTS
) -> DescribedFigure:
    """Draw wrong and undecided verdicts over the true efficiency."""
    figure = DescribedFigure(figsize=(10, 4.6), layout="constrained")
    wrong, undecided = figure.subplots(1, 2)
    floor = 0.3 / verdicts
    for name, rates in told.items():
        x = [one["relative"] for one in rates]
        look: dict[str, Any] = {"color": PALETTE["ink"], "linewidth": 2.4, "label": "all conditions"}
        if name != ALL:
            look = {
                "color": PALETTE["yours"],
                "linewidth": 1.1,
                "linestyle": _LOOKS[name],
                "label": CONDITIONS[name].words,
            }
        wrong.plot(x, [max(floor, one["wrong"]) for one in rates], **look)
        undecided.plot(x, [100 * one["undecided"] for one in rates], **look)
    wrong.set_yscale("log")
    wrong.set_ylim(floor * 0.8, 1)
    ticks = [10.0**power for power in range(math.ceil(math.log10(floor)), 1)]
    wrong.set_yticks([floor, *ticks], ["none", *(f"{tick:g}" for tick in ticks)])
    wrong.axhline(1e-4, color=PALETTE["bad"], linewidth=1)
    for edge in (1 - FAR, 1 + FAR):
        wrong.axvline(edge, color=PALETTE["bad"], linewidth=1)
    _frame(wrong, "Wrong verdicts, as a share")
    _frame(undecided, "Undecided, in %")
    undecided.legend(frameon=False, fontsize=8)
    figure.supxlabel(
        f"true efficiency / threshold      ({verdicts:,} made verdicts a point; {machine})", fontsize=9
    )
    figure.description = (
        "Two curves over the true efficiency relative to the threshold. "
        f"Wrong verdicts at 15% from the threshold or further: at most {worst(told[ALL]):.2g}."
    )
    return figure


def _frame(ax: Axes, title: str) -> None:
    ax.set_title(title, loc="left", fontsize=11, color=PALETTE["ink"])
    ax.axvline(1, color=PALETTE["serial"], linewidth=1)
    ax.spines[["top", "right"]].set_visible(False)
