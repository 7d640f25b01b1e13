"""Pictures of a forest grown by several workers: how X reaches them, and which trees are the same.

    sharing_picture()       X in every message, once a worker, or mapped from one file
    twins_picture(forests)  which trees of each forest are equal

Like all pictures of the lectures they return their Axes and carry a description in words.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from autograder.plots import DescribedFigure, described
from autograder.render.palette import PALETTE, TINT

_WIDTH = 5.6  # inches, as in autograder.plots


def sharing_picture() -> Axes:
    """Draw three ways of X to two workers: with every message, once a worker, mapped from one file."""
    ax = _blank(3.7)
    ax.set(xlim=(0, 10), ylim=(-0.4, 12.6))
    for top, name in [(12, "with each tree"), (7.7, "once a worker"), (3.4, "mapped")]:
        ax.text(0.05, top + 0.05, name, ha="left", va="bottom", weight="bold")
        _box(ax, (0.05, top - 2.9), (1.9, 2.9), "your\nprocess", TINT["note"])
        if name == "mapped":
            _arrow(ax, (2.05, top - 1.45), (4.1, top - 1.45))
            _box(ax, (4.2, top - 2.35), (1.85, 1.8), "X\nin a file", TINT["warn"])
            ax.text(3.05, top - 1.2, "writes once", ha="center", va="bottom", fontsize=8.5)
            ax.text(6.75, top - 0.3, "look at it", ha="center", va="bottom", fontsize=8.5)
        for number, low in enumerate((top - 1.35, top - 2.9), 1):
            middle = low + 0.675
            _box(ax, (7.45, low), (2.5, 1.35), f"worker {number}", TINT["note"], words_at=0.36)
            if name == "mapped":
                _arrow(ax, (6.15, top - 1.45), (7.35, middle))
                continue
            _arrow(ax, (2.05, middle), (7.35, middle))
            _box(ax, (9.1, middle - 0.45), (0.7, 0.9), "X", TINT["warn"])
            for x in (3.0, 4.0, 5.0, 6.0) if name == "with each tree" else (4.5,):
                _box(ax, (x, middle - 0.45), (0.6, 0.9), "X", TINT["warn"])
    return described(
        ax,
        "Drawing of three ways of X from your process to two workers. With each tree: many copies of X are "
        "on their way, and each worker holds one. Once a worker: one copy of X is on its way to each worker, "
        "which keeps it. Mapped: your process writes X into a file once, and both workers look at that file; "
        "neither holds a copy.",
    )


def twins_picture(forests: Mapping[str, Sequence[Hashable]]) -> Axes:
    """Draw which trees of each forest are equal: a dark square where the row's tree is the column's.

    Parameters
    ----------
    forests : mapping of str to sequence of hashable
        For each forest, by its name, what tells one of its trees from another, in order of the trees. The
        name may be broken into lines. Two to four forests fit beside each other.

    Raises
    ------
    ValueError
        If there is no forest, or one has no trees.
    """
    if not forests or not all(forests.values()):
        raise ValueError("twins_picture needs at least one forest, and a tree in each")
    ax = _blank(0.75 + (_WIDTH - 0.2) / max(len(forests), 2))
    words = []
    for panel, (name, trees) in enumerate(forests.items()):
        left, side = 1.1 * panel, 1 / len(trees)
        for row, one in enumerate(trees):
            for column, other in enumerate(trees):
                equal = one == other
                corner = (left + column * side, row * side)
                ax.add_patch(
                    plt.Rectangle(
                        corner,
                        side,
                        side,
                        facecolor=PALETTE["yours"] if equal else TINT["note"],
                        edgecolor=PALETTE["paper"],
                        linewidth=0.8,
                    )
                )
        different = len(set(trees))
        ax.text(left + 0.5, -0.04, name, ha="center", va="bottom", fontsize=9, weight="bold")
        ax.text(left + 0.5, 1.04, f"{different} different of {len(trees)}", ha="center", va="top", fontsize=9)
        words.append(f"{' '.join(name.split())}: {different} different of {len(trees)}")
    ax.set(xlim=(-0.02, 1.1 * max(len(forests), 2) - 0.08), ylim=(1.2, -0.28), aspect="equal")
    return described(
        ax,
        f"Grids of which trees are equal, a dark square where two are the same. {'; '.join(words)}.",
    )


def _box(
    ax: Axes,
    corner: tuple[float, float],
    size: tuple[float, float],
    text: str,
    color: str,
    words_at: float = 0.5,
) -> None:
    edge = PALETTE["yours" if color == TINT["note"] else "ink"]
    look: dict[str, Any] = {"facecolor": color, "edgecolor": edge, "zorder": 2}
    ax.add_patch(plt.Rectangle(corner, *size, **look))
    place = (corner[0] + words_at * size[0], corner[1] + size[1] / 2)
    ax.text(*place, text, ha="center", va="center", fontsize=9, zorder=3)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": PALETTE["ink"], "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=arrow, zorder=1)


def _blank(height: float) -> Axes:
    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=(_WIDTH, height), layout="constrained")
    ax.axis("off")
    return ax
