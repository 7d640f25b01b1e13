"""The pictures of lecture 07: who talks to whom in a Dask cluster, eight ways to map, and how to choose.

    cluster_picture()     client, scheduler and workers
    choice_picture()      five questions, each with what to take if the answer is yes (`CHOICES`)
    ways_picture(...)     speedup, price of a task and price of the start, one row for each way

The words that describe a drawing are made from the same data as the drawing.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from autograder.findings import Sample
from autograder.machine import describe, usable_cores
from autograder.plots import DescribedFigure, _si_seconds, _spread, described
from autograder.render.palette import PALETTE, TINT

_WIDTH = 5.6  # inches, as in autograder.plots
_ARROW = {"arrowstyle": "-|>", "color": PALETTE["ink"], "shrinkA": 0, "shrinkB": 0}


class Choice(NamedTuple):
    """One question of the decision, and what to take if the answer is yes."""

    question: str
    answer: str


CHOICES = (
    Choice("Do the tasks mostly wait?", "threads"),
    Choice("Is a task shorter than a millisecond?", "larger tasks first"),
    Choice("Several machines, or tasks\nthat need each other's results?", "Dask"),
    Choice("Functions of a notebook,\nor big NumPy arrays?", "joblib"),
    Choice("May a worker die?", "ProcessPoolExecutor"),
)
OTHERWISE = "Pool"


def choice_picture() -> Axes:
    """Draw the decision as a ladder: a question a rung, yes leads to the right, no leads down."""
    ax = _blank(0.62 * (len(CHOICES) + 1))
    ax.set(xlim=(0, 10), ylim=(len(CHOICES) + 0.45, -0.5))
    for row, choice in enumerate(CHOICES):
        _box(ax, 2.75, row, choice.question, 5.3, 0.66, TINT["quiet"], PALETTE["ink"])
        _box(ax, 8.25, row, choice.answer, 3.3, 0.5, TINT["note"], PALETTE["yours"])
        ax.annotate("", (6.5, row), (5.5, row), arrowprops=_ARROW)
        ax.text(5.95, row - 0.06, "yes", ha="center", va="bottom", fontsize=9)
        below = row + (0.67 if row + 1 < len(CHOICES) else 0.75)
        ax.annotate("", (2.75, below), (2.75, row + 0.35), arrowprops=_ARROW)
        ax.text(2.9, (row + 0.35 + below) / 2, "no", ha="left", va="center", fontsize=9)
    _box(ax, 2.75, len(CHOICES), OTHERWISE, 3.3, 0.5, TINT["note"], PALETTE["yours"])
    steps = [f"{_flat(choice.question)} If yes: {choice.answer}." for choice in CHOICES]
    words = " If no: ".join(steps)
    return described(ax, f"Drawing of a decision. {words} If no: {OTHERWISE}.")


def cluster_picture() -> Axes:
    """Draw a Dask cluster: the scheduler in the middle, the client and two workers around it."""
    ax = _blank(2.5)
    ax.set(xlim=(0, 10), ylim=(0, 9))
    _box(ax, 1.6, 4.5, "client\n(your process)", 2.8, 2.2, TINT["note"], PALETTE["yours"])
    _box(ax, 5.0, 4.5, "scheduler", 2.2, 2.2, TINT["warn"], PALETTE["ink"])
    for number, y in enumerate([7.6, 1.4], 1):
        _box(ax, 8.5, y, f"worker {number}\nand its nanny", 2.6, 2.2, TINT["note"], PALETTE["yours"])
    both = {**_ARROW, "arrowstyle": "<|-|>"}
    ax.annotate("", (3.85, 4.5), (3.05, 4.5), arrowprops=both)
    ax.annotate("", (7.15, 7.2), (6.15, 5.2), arrowprops=both)
    ax.annotate("", (7.15, 1.8), (6.15, 3.8), arrowprops=both)
    ax.annotate("", (8.5, 2.6), (8.5, 6.4), arrowprops={**both, "linestyle": "--", "color": PALETTE["yours"]})
    ax.text(3.45, 6.0, "tasks,\nresults", ha="center", va="bottom", fontsize=9)
    ax.text(6.4, 6.5, "tasks,\ndone", ha="right", va="center", fontsize=9)
    ax.text(8.35, 4.5, "results that\nothers need", ha="right", va="center", fontsize=9)
    return described(
        ax,
        "Drawing of a Dask cluster. In the middle is the scheduler. The client, your process, sends it tasks "
        "and gets results from it. The scheduler sends tasks to two workers, each with its nanny, and hears "
        "when they are done. The workers send each other the results that they need.",
    )


def ways_picture(
    seconds: Mapping[str, Sequence[float]],
    overheads: Mapping[str, Sequence[float]],
    starts: Mapping[str, float],
    cores: int | None = None,
    title: str = "",
) -> Axes:
    """Draw several ways of one `map`: how much each wins, and what it costs.

    On the left the speedup over the first way; on the right, on a logarithmic axis, the price of one empty
    task and of the start.

    Parameters
    ----------
    seconds : mapping of str to sequence of float
        Run times of the same work in seconds by the name of the way; the first is what the others are
        compared with, and drawn grey.
    overheads : mapping of str to sequence of float
        Seconds that one empty task takes, one number a run, for the same ways.
    starts : mapping of str to float
        Seconds from nothing to the first answers, for the same ways.
    cores : int, optional
        Where the ideal line lies; the usable cores unless told.
    title : str, optional
        Above the picture.

    Returns
    -------
    Axes
        The left one; the right one is `ax.figure.axes[1]`.

    Raises
    ------
    ValueError
        If there is no way, or a way lacks one of the three.
    """
    if not seconds:
        raise ValueError("ways_picture needs at least one way")
    kinds = {"run times": seconds, "overheads": overheads, "start": starts}
    for name in dict.fromkeys(name for kind in kinds.values() for name in kind):
        missing = [what for what, kind in kinds.items() if not kind.get(name)]
        if missing:
            raise ValueError(f"the way {name!r} has no {' and no '.join(missing)}")
    ideal = cores or usable_cores()
    base = Sample.of(list(next(iter(seconds.values())))).median
    figure, (left, right) = plt.subplots(
        1,
        2,
        sharey=True,
        width_ratios=[1, 1.25],
        FigureClass=DescribedFigure,
        figsize=(_WIDTH, 1.7 + 0.36 * len(seconds)),
        layout="constrained",
    )
    figure.supxlabel(
        describe(multiprocessing.get_start_method()), x=0.99, ha="right", fontsize=8.5, color=PALETTE["ink"]
    )
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, color=PALETTE["ink"])
    words, most = [], float(ideal)
    for row, name in enumerate(seconds):
        speedup = Sample.of([base / time for time in seconds[name]])
        price = Sample.of(list(overheads[name]))
        color = PALETTE["yours" if row else "serial"]
        spread = [[speedup.median - speedup.low], [speedup.high - speedup.median]]
        edges = {"ecolor": PALETTE["ink"], "capsize": 3, "linewidth": 1.2}
        left.barh(row, speedup.median, 0.6, xerr=spread, color=color, error_kw=edges)
        right.hlines(row, price.low, price.high, color=PALETTE["ink"], linewidth=2)
        right.plot(price.median, row, "o", color=color, markersize=8, label=None if row else "one task")
        right.plot(
            starts[name], row, "s", color=PALETTE["ink"], fillstyle="none", label=None if row else "start"
        )
        most = max(most, speedup.high)
        words.append(
            f"{name}: speedup {_spread(speedup)}, one empty task {_spread(price)} s, "
            f"start {starts[name]:.3g} s"
        )
    left.axvline(1, color=PALETTE["serial"], linewidth=2, label="serial")
    left.axvline(ideal, color=PALETTE["ideal"], linestyle="--", linewidth=2, label="ideal")
    left.set_yticks(range(len(seconds)), list(seconds))
    left.set_ylim(len(seconds) - 0.5, -0.5)
    left.set_xlim(0, 1.08 * most)
    left.set_xlabel("speedup, times")
    right.set_xscale("log")
    prices = [price for way in overheads.values() for price in way] + list(starts.values())
    right.set_xlim(min(prices) / 3, max(1.0, *prices) * 3)
    right.xaxis.set_major_locator(plt.LogLocator(10, numticks=20))
    right.xaxis.set_minor_locator(plt.NullLocator())
    right.xaxis.set_major_formatter(plt.FuncFormatter(_every_third_power))
    right.grid(axis="x", color=TINT["line"], linewidth=0.5)
    right.set_axisbelow(True)
    right.tick_params(axis="y", length=0)
    right.set_xlabel("price (median, spread)")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        look: dict[str, Any] = {"frameon": False, "fontsize": 9, "ncols": 2, "columnspacing": 1}
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, handlelength=1.4, **look)
    return described(
        left,
        f"Two pictures side by side, one row for each way. {'; '.join(words)}. The ideal speedup is {ideal}.",
    )


def _every_third_power(value: float, position: int) -> str:
    """Label of a power of ten: 1 µs, 1 ms and 1 s are enough, the grid shows those between."""
    return _si_seconds(value, position) if f"{value:.0e}"[-2:] in ("00", "03", "06", "09") else ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def _box(ax: Axes, x: float, y: float, text: str, width: float, height: float, face: str, edge: str) -> None:
    """A box of `width` and `height` around (x, y), with a text in its middle."""
    corner = (x - width / 2, y - height / 2)
    look: dict[str, Any] = {"boxstyle": "round,pad=0,rounding_size=0.1", "facecolor": face, "edgecolor": edge}
    ax.add_patch(FancyBboxPatch(corner, width, height, **look))
    ax.text(x, y, text, ha="center", va="center", fontsize=9.5)


def _blank(height: float) -> Axes:
    """Axes without scales, `height` inches high."""
    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=(_WIDTH, height), layout="constrained")
    ax.axis("off")
    return ax
