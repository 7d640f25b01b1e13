"""The GIL in one picture: two threads, three kinds of work, and who holds the lock when.

    gil_picture()     the drawing; `SCENES` holds what it shows, as data

The words that describe the drawing are made from the same data. At no moment of a scene do two threads
hold the GIL, and a test says so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from autograder.plots import DescribedFigure, described
from autograder.render.palette import PALETTE, TINT

_WIDTH = 5.6  # inches, as in autograder.plots

HOLDS = "holds the GIL"
WITHOUT = "computes without it"
WANTS = "waits for the GIL"
AWAY = "waits for the server"

# A line in the middle of the row, and no box, where nothing of the thread's own is needed.
LOOKS: dict[str, dict[str, Any]] = {
    HOLDS: {"facecolor": PALETTE["yours"], "edgecolor": PALETTE["paper"]},
    WITHOUT: {"facecolor": TINT["note"], "edgecolor": PALETTE["yours"]},
    WANTS: {"facecolor": TINT["line"], "edgecolor": PALETTE["paper"], "hatch": "////"},
    AWAY: {"facecolor": PALETTE["ink"], "edgecolor": "none"},
}


class Stretch(NamedTuple):
    """What one thread does for a while; times are in steps of the drawing and mean no seconds."""

    state: str
    start: float
    end: float


class Scene(NamedTuple):
    """One kind of work, done by two threads."""

    title: str
    threads: tuple[tuple[Stretch, ...], ...]


SCENES = (
    Scene(
        "Python code: they take turns",
        (
            (Stretch(HOLDS, 0, 3), Stretch(WANTS, 3, 6), Stretch(HOLDS, 6, 9), Stretch(WANTS, 9, 12)),
            (Stretch(WANTS, 0, 3), Stretch(HOLDS, 3, 6), Stretch(WANTS, 6, 9), Stretch(HOLDS, 9, 12)),
        ),
    ),
    Scene(
        "Waiting for a server: they wait together",
        (
            (Stretch(HOLDS, 0, 1), Stretch(AWAY, 1, 8), Stretch(HOLDS, 8, 9)),
            (Stretch(WANTS, 0, 1), Stretch(HOLDS, 1, 2), Stretch(AWAY, 2, 9), Stretch(HOLDS, 9, 10)),
        ),
    ),
    Scene(
        "SHA-256 of a large buffer: they compute together",
        (
            (Stretch(HOLDS, 0, 1), Stretch(WITHOUT, 1, 8), Stretch(HOLDS, 8, 9)),
            (Stretch(WANTS, 0, 1), Stretch(HOLDS, 1, 2), Stretch(WITHOUT, 2, 9), Stretch(HOLDS, 9, 10)),
        ),
    ),
)


def gil_picture() -> Axes:
    """Draw who holds the GIL, when: two threads that run Python code, wait for a server, hash a buffer."""
    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=(_WIDTH, 3.7), layout="constrained")
    ax.axis("off")
    end = max(stretch.end for scene in SCENES for thread in scene.threads for stretch in thread)
    y, words = 0.0, []
    for scene in SCENES:
        ax.text(0, y, scene.title, ha="left", va="center", weight="bold")
        for number, thread in enumerate(scene.threads, 1):
            y += 0.9
            ax.text(-0.2, y, f"thread {number}", ha="right", va="center", fontsize=9)
            for stretch in thread:
                _draw(ax, y, stretch)
            does = ", ".join(stretch.state for stretch in thread)
            words.append(f"{scene.title + '. ' if number == 1 else ''}Thread {number}: {does}.")
        y += 1.3
    ax.annotate("", (end, y - 0.5), (0, y - 0.5), arrowprops={"arrowstyle": "-|>", "color": PALETTE["ink"]})
    ax.text(end / 2, y - 0.35, "time", ha="center", va="top", fontsize=9)
    ax.set(xlim=(-1.7, end + 0.1), ylim=(y + 0.3, -0.6))
    keys = [Patch(label=state, linewidth=0.8, **look) for state, look in LOOKS.items()]
    ax.legend(handles=keys, frameon=False, ncols=2, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, 0))
    return described(
        ax, f"Drawing of two threads, each on its line, and of who holds the GIL. {' '.join(words)}"
    )


def _draw(ax: Axes, y: float, stretch: Stretch) -> None:
    height = 0.1 if stretch.state == AWAY else 0.7
    length = stretch.end - stretch.start
    ax.add_patch(
        plt.Rectangle((stretch.start, y - height / 2), length, height, linewidth=0.8, **LOOKS[stretch.state])
    )
