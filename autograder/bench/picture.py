"""The bench's plot: wrong verdicts by rule, undecided ones, and seconds to a verdict, by condition."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes

from autograder.bench.loads import CONDITIONS
from autograder.bench.rules import OTHERS
from autograder.bench.summary import OURS
from autograder.bench.verdicts import Line
from autograder.plots import DescribedFigure
from autograder.render.palette import PALETTE

# Each rule has a colour and a hatch, so that grey paper tells them apart too.
_LOOKS = dict(
    zip(
        (OURS, *(rule.name for rule in OTHERS)),
        (("yours", ""), ("serial", "//"), ("warn", ".."), ("bad", "xx")),
        strict=True,
    )
)
_PAPER = {"facecolor": PALETTE["paper"], "edgecolor": "none", "pad": 1.0}
_TARGETS = {"undecided": (2, 10), "seconds": (5, 15)}  # quiet, and under load


def draw(lines: Sequence[Line], summary: Mapping[str, Any], machine: str) -> DescribedFigure:
    """Draw the four panels from the lines and their summary.

    Parameters
    ----------
    lines : sequence of dict
    summary : dict
        `autograder.bench.summary.summarise` of the same lines.
    machine : str
        For the caption.
    """
    figure = DescribedFigure(figsize=(10, 8), layout="constrained")
    (good, slow), (undecided, seconds) = figure.subplots(2, 2, sharey=True)
    parts = summary["conditions"]
    _rules(good, parts, "good_failed_percent", "Good answers failed")
    _rules(slow, parts, "slow_passed_percent", "Slow answers passed")
    _undecided(undecided, parts)
    _seconds(seconds, lines, parts)
    handles, labels = good.get_legend_handles_labels()
    words = {rule.name: rule.words for rule in OTHERS} | {OURS: "ours"}
    figure.legend(
        handles, [words[label] for label in labels], loc="outside upper center", ncols=4, frameon=False
    )
    total = summary["all"]
    figure.supxlabel(
        f"{total['verdicts']} verdicts; {machine}", x=0.99, ha="right", fontsize=8.5, color=PALETTE["ink"]
    )
    figure.description = _in_words(summary)
    return figure


def save(figure: DescribedFigure, name: str, folder: Path) -> None:
    """Write NAME.png and NAME.svg; the same figure gives the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": "bench", "svg.fonttype": "path"}):
        figure.savefig(folder / f"{name}.svg", facecolor=PALETTE["paper"], metadata={"Date": None})
    figure.savefig(folder / f"{name}.png", dpi=150, facecolor=PALETTE["paper"])


def _rows(ax: Axes, parts: Mapping[str, Any], title: str, xlabel: str) -> None:
    """One row a condition, the first on top."""
    ax.set_title(title, loc="left", fontsize=11, color=PALETTE["ink"])
    ax.set_xlabel(xlabel)
    ax.set_yticks(range(len(parts)), [textwrap.fill(CONDITIONS[name].words, 14) for name in parts])
    ax.set_ylim(len(parts) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right"]].set_visible(False)


def _rules(ax: Axes, parts: Mapping[str, Any], what: str, title: str) -> None:
    _rows(ax, parts, title, "% of the answers that keep cores busy")
    height = 0.8 / len(_LOOKS)
    for place, (name, (color, hatch)) in enumerate(_LOOKS.items()):
        shares = [part["rules"][name][what] or 0.0 for part in parts.values()]
        middles = [row - 0.4 + height * (place + 0.5) for row in range(len(parts))]
        look: dict[str, Any] = {
            "color": PALETTE[color],
            "hatch": hatch,
            "edgecolor": "white",
            "linewidth": 0.5,
        }
        ax.barh(middles, shares, height, label=name, **look)
        for middle, share in zip(middles, shares, strict=True):
            ax.text(share, middle, f" {share:.3g}", va="center", fontsize=7.5, color=PALETTE["ink"])
    most = max([bar.get_width() for bar in ax.patches], default=0.0)  # type: ignore[attr-defined]
    ax.set_xlim(0, max(5.0, 1.12 * most))


def _undecided(ax: Axes, parts: Mapping[str, Any]) -> None:
    _rows(ax, parts, "Undecided", "% of all verdicts (dotted: the most that is aimed at)")
    shares = [part["undecided_percent"] for part in parts.values()]
    ax.barh(range(len(parts)), shares, 0.5, color=PALETTE["yours"])
    for row, (share, part) in enumerate(zip(shares, parts.values(), strict=True)):
        _say(ax, share, row, f"{share:.3g}% ({part['undecided']} of {part['verdicts']})")
    _targets(ax, "undecided", parts)
    ax.set_xlim(0, max(14.0, 1.6 * max(shares)))


def _seconds(ax: Axes, lines: Sequence[Line], parts: Mapping[str, Any]) -> None:
    _rows(ax, parts, "Seconds to a verdict", "seconds (line: median, bar: 90%, dots: each one)")
    most = 0.0
    for row, (name, part) in enumerate(parts.items()):
        each = [line["seconds"] for line in lines if line["condition"] == name]
        # Dots spread in the order they were reached: no random numbers in a picture.
        spread = [row + 0.3 * (place / max(1, len(each) - 1) - 0.5) for place in range(len(each))]
        ax.barh(row, part["seconds_90"], 0.5, color=PALETTE["yours"], alpha=0.35)
        ax.plot(each, spread, ".", color=PALETTE["ink"], markersize=2.5)
        ax.plot([part["seconds_median"]] * 2, [row - 0.25, row + 0.25], color=PALETTE["ink"], linewidth=2.5)
        _say(ax, max(each), row, f"{part['seconds_median']:.1f}, {part['seconds_90']:.1f}")
        most = max(most, *each)
    _targets(ax, "seconds", parts)
    ax.set_xlim(0, 1.2 * max(most, _TARGETS["seconds"][1]))


def _say(ax: Axes, x: float, row: int, text: str) -> None:
    ax.annotate(
        text, (x, row), (6, 0), textcoords="offset points", va="center", fontsize=8.5, bbox=_PAPER, zorder=5
    )


def _targets(ax: Axes, what: str, parts: Mapping[str, Any]) -> None:
    for row, name in enumerate(parts):
        aim = _TARGETS[what][bool(CONDITIONS[name].kind)]
        ax.plot([aim, aim], [row - 0.45, row + 0.45], color=PALETTE["ink"], linewidth=1.5, linestyle=":")


def _in_words(summary: Mapping[str, Any]) -> str:
    told = []
    for name, part in summary["conditions"].items():
        told.append(
            f"{CONDITIONS[name].words}: {part['wrong']} of {part['verdicts']} wrong, {part['undecided']} "
            f"undecided, median {part['seconds_median']:.1f} s"
        )
    return f"Four bar charts of speed verdicts by condition. {'; '.join(told)}."
