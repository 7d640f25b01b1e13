"""Drawings of the lectures that measure nothing: what is sent, who starts whom, who waits for whom.

    sequence(lanes, messages, spans)          any sequence diagram; time runs down
    process_picture, full_pipe_picture, ...   the drawings of one lecture, one call each

Like the pictures of `autograder.plots` they return their Axes and carry a description in words, which
a sequence diagram writes by itself: the words and the drawing come from the same steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Patch

from autograder.plots import DescribedFigure, described
from autograder.render.palette import PALETTE, TINT

_WIDTH = 5.6  # inches, as in autograder.plots
_BAR = 0.028  # width of a bar on a lifeline, as a share of the picture


@dataclass(frozen=True)
class Message:
    """One step of a sequence diagram.

    Parameters
    ----------
    source, target : int
        Lanes that the arrow leaves and reaches, from 0; the same lane twice is something done there.
    text : str
        What is sent or done.
    """

    source: int
    target: int
    text: str


@dataclass(frozen=True)
class Span:
    """What a lane is busy with between two steps.

    Parameters
    ----------
    lane : int
        The lane, from 0.
    first, last : int
        Steps at which it begins and ends, from 1.
    waiting : bool
        True if the lane waits there, False if it works.
    """

    lane: int
    first: int
    last: int
    waiting: bool = False


def sequence(
    lanes: Sequence[str], messages: Sequence[Message], spans: Sequence[Span] = (), title: str = ""
) -> Axes:
    """Draw who tells whom what: one vertical line a lane, one row a step, time running down.

    Parameters
    ----------
    lanes : sequence of str
        Names above the lines, from left to right.
    messages : sequence of Message
        The steps in order of time.
    spans : sequence of Span, optional
        Bars on the lines: solid where a lane works, hatched where it waits.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If there is no step, or a step or span names a lane or step that is not there.

    Examples
    --------
    >>> ax = sequence(["you", "child"], [Message(0, 1, "start()"), Message(1, 1, "work")])
    >>> ax.figure.description
    'Sequence diagram of you and child. 1: you to child: start(). 2: child: work.'
    >>> plt.close(ax.figure)
    """
    if not messages:
        raise ValueError("a sequence diagram needs at least one message")
    named = [lane for message in messages for lane in (message.source, message.target)]
    for lane in [*named, *(span.lane for span in spans)]:
        if not 0 <= lane < len(lanes):
            raise ValueError(f"lane {lane} is not one of the {len(lanes)} lanes, which are counted from 0")
    for span in spans:
        if not 1 <= span.first < span.last <= len(messages):
            raise ValueError(
                f"a span from step {span.first} to step {span.last} does not lie in the {len(messages)} "
                "steps, which are counted from 1"
            )
    places = [(number + 0.5) / len(lanes) for number in range(len(lanes))]
    ax = _blank(0.36 * len(messages) + 0.8, title)
    ax.set(xlim=(0, 1), ylim=(len(messages) + 0.7, -0.35))
    for place, name in zip(places, lanes, strict=True):
        ax.text(place, 0, name, ha="center", va="center", weight="bold")
        ax.plot([place, place], [0.35, len(messages) + 0.6], color=TINT["line"], linewidth=1.5, zorder=0)
    for span in spans:
        corner = (places[span.lane] - _BAR / 2, span.first)
        look: dict[str, Any] = (
            {"facecolor": TINT["line"], "hatch": "////", "edgecolor": PALETTE["paper"]}
            if span.waiting
            else {"facecolor": PALETTE["yours"]}
        )
        ax.add_patch(plt.Rectangle(corner, _BAR, span.last - span.first, linewidth=0, **look))
    for step, message in enumerate(messages, 1):
        _draw(ax, step, message, places)
    if spans:
        keys = [
            Patch(facecolor=PALETTE["yours"], label="works"),
            Patch(facecolor=TINT["line"], hatch="////", edgecolor=PALETTE["paper"], label="waits"),
        ]
        ax.legend(
            handles=keys, frameon=False, ncols=2, fontsize=9, loc="upper right", bbox_to_anchor=(1, 0.02)
        )
    return described(ax, _in_words(lanes, messages, spans))


def _draw(ax: Axes, step: int, message: Message, places: Sequence[float]) -> None:
    start, end = places[message.source], places[message.target]
    if start == end:
        box = {"boxstyle": "round,pad=0.25", "facecolor": TINT["note"], "edgecolor": PALETTE["yours"]}
        ax.text(start, step, message.text, ha="center", va="center", fontsize=9, bbox=box, zorder=3)
        return
    gap = _BAR if end > start else -_BAR
    arrow = {"arrowstyle": "-|>", "color": PALETTE["ink"], "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (end - gap, step), (start + gap, step), arrowprops=arrow)
    ground = {"facecolor": PALETTE["paper"], "edgecolor": "none", "pad": 1}  # hides a line behind the words
    ax.text((start + end) / 2, step - 0.12, message.text, ha="center", va="bottom", fontsize=9, bbox=ground)


def _in_words(lanes: Sequence[str], messages: Sequence[Message], spans: Sequence[Span]) -> str:
    parts = [f"Sequence diagram of {' and '.join(lanes)}."]
    for step, message in enumerate(messages, 1):
        source, target = lanes[message.source], lanes[message.target]
        who = source if source == target else f"{source} to {target}"
        parts.append(f"{step}: {who}: {message.text.replace(chr(10), ', ')}.")
    for span in spans:
        does = "waiting" if span.waiting else "working"
        parts.append(f"From {span.first} to {span.last}: {lanes[span.lane]}, {does}.")
    return " ".join(parts)


def process_picture() -> Axes:
    """Draw the life of a child from `start()` to `join()`."""
    return sequence(
        ["your process", "the child"],
        [
            Message(0, 1, "start()"),
            Message(0, 0, "goes on at once"),
            Message(1, 1, "func(*args)"),
            Message(0, 0, "join()"),
            Message(1, 0, "ended, exitcode 0"),
            Message(0, 0, "next line"),
        ],
        [Span(0, 1, 4), Span(0, 4, 5, waiting=True), Span(0, 5, 6), Span(1, 1, 5)],
    )


def full_pipe_picture() -> Axes:
    """Draw the deadlock of a parent that joins a child before it has read the child's queue."""
    return sequence(
        ["your process", "the pipe", "the child"],
        [
            Message(0, 2, "start()"),
            Message(2, 1, "first 64 KiB"),
            Message(1, 1, "full"),
            Message(2, 2, "waits for room"),
            Message(0, 0, "join()"),
            Message(0, 0, "waits for the child"),
        ],
        [Span(0, 1, 5), Span(0, 5, 6, waiting=True), Span(2, 1, 4), Span(2, 4, 6, waiting=True)],
    )


def forked_lock_picture() -> Axes:
    """Draw the deadlock of a process that is forked while another thread holds a lock."""
    return sequence(
        ["thread 2", "main thread", "the child"],
        [
            Message(0, 0, "takes the lock"),
            Message(1, 2, "fork: a copy"),
            Message(2, 2, "lock: taken\nthread 2: none"),
            Message(0, 0, "releases its lock"),
            Message(2, 2, "waits for ever"),
        ],
        [Span(0, 1, 4), Span(2, 2, 3), Span(2, 3, 5, waiting=True)],
    )


def pickle_picture() -> Axes:
    """Draw what becomes of an argument on its way to a child."""
    ax = _blank(1.5, "")
    ax.set(xlim=(0, 10), ylim=(0, 10))
    for left, width, name in [(0.05, 3.4, "your process"), (6.55, 3.4, "the child")]:
        edge = PALETTE["yours"]
        ax.add_patch(plt.Rectangle((left, 0.5), width, 7.8, facecolor=TINT["note"], edgecolor=edge))
        ax.text(left + width / 2, 8.7, name, ha="center", va="bottom", weight="bold")
    for x, y, text in [(1.75, 6.7, "[3, 4]"), (8.25, 6.7, "[3, 4]"), (5, 2.9, "bytes")]:
        ax.text(x, y, text, ha="center", va="center", family="monospace")
    for x, text in [(1.75, "pickle"), (8.25, "unpickle")]:
        ax.text(x, 2.3, text, ha="center", va="center")
    ax.text(5, 6.7, "equal, but another\nobject", ha="center", va="center", fontsize=9, style="italic")
    for start, end in [((1.75, 5.6), (1.75, 3.3)), ((2.7, 2.2), (7.2, 2.2)), ((8.25, 3.3), (8.25, 5.6))]:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": PALETTE["ink"]})
    return described(
        ax,
        "Drawing of two boxes, your process and the child. In your process the list [3, 4] is pickled to "
        "bytes. The bytes travel to the child, which unpickles them to a list [3, 4]: equal, but another "
        "object.",
    )


def start_methods_picture() -> Axes:
    """Draw what a child begins with under fork, spawn and forkserver."""
    ax = _blank(2.9, "")
    ax.set(xlim=(0, 10), ylim=(-0.2, 9))
    for row, (name, middle, child) in enumerate(
        [
            ("fork", "copies itself", "all your variables,\nbut one thread only"),
            ("spawn", "starts a new Python", "empty; imports what\nit needs"),
            ("forkserver", "asks the server", "a copy of the server:\nnearly empty"),
        ]
    ):
        y = 7.4 - 3 * row
        _box(ax, 1.3, y, "your process", 2.5)
        _box(ax, 8.3, y, child, 3.2)
        ax.text(0.05, y + 1.25, name, ha="left", va="center", weight="bold")
        arrow = {"arrowstyle": "-|>", "color": PALETTE["ink"]}
        if name == "forkserver":
            _box(ax, 5.0, y, "the server", 1.9)
            ax.annotate("", (4.0, y), (2.6, y), arrowprops=arrow)
            ax.annotate("", (6.65, y), (6.0, y), arrowprops=arrow)
            ax.text(3.3, y + 0.75, middle, ha="center", va="bottom", fontsize=9)
            ax.text(6.3, y + 0.75, "fork", ha="center", va="bottom", fontsize=9)
        else:
            ax.annotate("", (6.65, y), (2.6, y), arrowprops=arrow)
            ax.text(4.6, y + 0.2, middle, ha="center", va="bottom", fontsize=9)
    return described(
        ax,
        "Drawing of the three start methods. fork: your process copies itself, and the child has all your "
        "variables, but one thread only. spawn: your process starts a new Python, which is empty and imports "
        "what it needs. forkserver: your process asks the server, which forks; the child is a copy of the "
        "server, nearly empty.",
    )


def _box(ax: Axes, x: float, y: float, text: str, width: float) -> None:
    corner = (x - width / 2, y - 0.65)
    look: dict[str, Any] = {
        "boxstyle": "round,pad=0.05",
        "facecolor": TINT["note"],
        "edgecolor": PALETTE["yours"],
    }
    ax.add_patch(FancyBboxPatch(corner, width, 1.3, **look))
    ax.text(x, y, text, ha="center", va="center", fontsize=9)


def _blank(height: float, title: str) -> Axes:
    """Axes without scales, `height` inches high."""
    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=(_WIDTH, height), layout="constrained")
    ax.axis("off")
    if title:
        ax.set_title(title, loc="left", fontsize=11, color=PALETTE["ink"], pad=10)
    return ax
