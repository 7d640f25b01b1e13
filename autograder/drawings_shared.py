"""Drawings of data that processes share: a proxy, a nested list, a lost update, a block, a cache line.

    proxy_call_picture, nested_picture, lost_update_picture     who tells the server what, step by step
    block_picture, cache_line_picture                           where the bytes lie

They measure nothing; like all drawings they return their Axes and carry a description in words.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from autograder.diagrams import Message, Span, sequence
from autograder.plots import DescribedFigure, described
from autograder.render.palette import PALETTE, TINT

_WIDTH = 5.6  # inches, as in autograder.plots
_CELLS, _LINES = 8, 3  # numbers of 8 bytes in a cache line of 64, and how many lines are drawn


def proxy_call_picture() -> Axes:
    """Draw one access to a dict through its proxy: a message to the server, and its answer."""
    return sequence(
        ["your process", "the server"],
        [
            Message(0, 0, 'shared["a"]'),
            Message(0, 1, 'pickled: which dict\n__getitem__, "a"'),
            Message(1, 1, "looks into its dict"),
            Message(1, 0, "pickled: 1"),
            Message(0, 0, "next line"),
        ],
        [Span(0, 1, 2), Span(0, 2, 4, waiting=True), Span(0, 4, 5), Span(1, 2, 4)],
    )


def nested_picture() -> Axes:
    """Draw what becomes of `guests["Monday"].append("Ada")`: a copy is changed, and lost."""
    return sequence(
        ["your process", "the server"],
        [
            Message(1, 1, '{"Monday": []}'),
            Message(0, 1, 'give me "Monday"'),
            Message(1, 0, "pickled: []"),
            Message(0, 0, 'copy.append("Ada")'),
            Message(0, 0, "copy is thrown away"),
            Message(1, 1, 'still {"Monday": []}'),
        ],
    )


def lost_update_picture() -> Axes:
    """Draw two children that add 1 to the same value at the same time, of which one addition is lost."""
    return sequence(
        ["child A", "the server", "child B"],
        [
            Message(1, 1, "value: 7"),
            Message(1, 0, "reads 7"),
            Message(1, 2, "reads 7"),
            Message(0, 0, "7 + 1"),
            Message(2, 2, "7 + 1"),
            Message(0, 1, "writes 8"),
            Message(2, 1, "writes 8"),
            Message(1, 1, "value: 8, not 9"),
        ],
    )


def block_picture() -> Axes:
    """Draw two processes that look at one block of memory, and the name that was sent."""
    ax = _blank(2.3)
    ax.set(xlim=(0, 10), ylim=(-0.1, 10))
    look: dict[str, Any] = {"facecolor": TINT["note"], "edgecolor": PALETTE["yours"]}
    for left, name in [(0.05, "your process"), (7.05, "the child")]:
        ax.add_patch(plt.Rectangle((left, 4.6), 2.9, 3.8, **look))
        ax.text(left + 1.45, 8.8, name, ha="center", va="bottom", weight="bold")
        ax.text(left + 1.45, 6.5, "matrix", ha="center", va="center", family="monospace")
    ax.add_patch(plt.Rectangle((2.6, 0), 4.8, 2.2, facecolor=TINT["warn"], edgecolor=PALETTE["ink"]))
    ax.text(5, 1.1, "the block: all the numbers, once", ha="center", va="center", fontsize=9)
    for start, end in [((3.0, 6.9), (7.0, 6.9)), ((1.5, 4.5), (2.9, 2.3)), ((8.5, 4.5), (7.1, 2.3))]:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": PALETTE["ink"]})
    ax.text(5, 7.1, "its name,\na few bytes", ha="center", va="bottom", fontsize=9)
    for x, side in [(1.7, "right"), (8.3, "left")]:
        ax.text(x, 3.3, "looks at", ha=side, va="center", fontsize=9)
    return described(
        ax,
        "Drawing of your process and the child above one block of memory. Your process sends the child the "
        "block's name, a few bytes. In each of them matrix looks at the block, which holds all the numbers, "
        "once.",
    )


def cache_line_picture() -> Axes:
    """Draw two counters in one cache line, and two that lie 16 places apart, in lines of their own."""
    ax = _blank(1.9)
    ax.set(xlim=(-0.2, _CELLS * _LINES + 0.2), ylim=(0, 8.4))
    for bottom, b, words in [
        (4.7, 1, "neighbours: one line for both"),
        (0.5, 16, "16 places apart: no line in common"),
    ]:
        ax.text(0, bottom + 2.2, words, ha="left", va="bottom", fontsize=9, weight="bold")
        for cell in range(_CELLS * _LINES):
            ground = TINT["warn"] if cell in (0, b) else PALETTE["paper"]
            ax.add_patch(plt.Rectangle((cell, bottom), 1, 1.7, facecolor=ground, edgecolor=TINT["line"]))
        for line in range(_LINES):
            frame: dict[str, Any] = {"facecolor": "none", "edgecolor": PALETTE["ink"], "linewidth": 1.5}
            ax.add_patch(plt.Rectangle((line * _CELLS, bottom), _CELLS, 1.7, **frame))
        for cell, name in [(0, "A"), (b, "B")]:
            ax.text(cell + 0.5, bottom + 0.8, name, ha="center", va="center", fontsize=9, weight="bold")
    return described(
        ax,
        "Drawing of a row of numbers in cache lines of 8 numbers, 64 bytes each. Neighbours: the counters A "
        "and B lie in the same line. 16 places apart: A lies in the first line and B in the third.",
    )


def _blank(height: float) -> Axes:
    """Axes without scales, `height` inches high."""
    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=(_WIDTH, height), layout="constrained")
    ax.axis("off")
    return ax
