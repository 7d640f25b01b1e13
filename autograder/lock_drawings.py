"""Drawings of the lecture on locks that measure nothing: a lost update, a lock, and who waits for whom.

race_picture(), lock_picture()    one interleaving without a lock, and the same with one
Claim(who, holds, wants)          what a process has told before it began to wait
ring_of(claims)                   the claims that wait for each other in a ring: a deadlock
deadlock_picture(claims)          that ring, drawn
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from autograder.diagrams import Message, Span, sequence
from autograder.plots import DescribedFigure, described
from autograder.render.palette import PALETTE, TINT


class Claim(NamedTuple):
    """A process that holds one lock and waits for another.

    Parameters
    ----------
    who : str
        Name of the process.
    holds, wants : str
        Names of the two locks.
    """

    who: str
    holds: str
    wants: str


def race_picture() -> Axes:
    """Draw two processes that add one to the same counter, so that one of the two is lost."""
    return sequence(
        ["process A", "counter", "process B"],
        [
            Message(1, 1, "5"),
            Message(1, 0, "read: 5"),
            Message(1, 2, "read: 5"),
            Message(0, 0, "5 + 1"),
            Message(2, 2, "5 + 1"),
            Message(0, 1, "write: 6"),
            Message(1, 1, "6"),
            Message(2, 1, "write: 6"),
            Message(1, 1, "6 again, not 7"),
        ],
    )


def lock_picture() -> Axes:
    """Draw the same two processes with a lock: the second one reads when the first has written."""
    return sequence(
        ["process A", "lock", "process B"],
        [
            Message(0, 1, "acquire"),
            Message(2, 1, "acquire"),
            Message(0, 0, "read 5, write 6"),
            Message(0, 1, "release"),
            Message(1, 2, "yours"),
            Message(2, 2, "read 6, write 7"),
            Message(2, 1, "release"),
        ],
        [Span(0, 1, 4), Span(2, 2, 5, waiting=True), Span(2, 5, 7)],
    )


def ring_of(claims: Iterable[tuple[str, str, str]]) -> list[Claim]:
    """The claims that wait for each other in a ring, each for what the next one holds; empty if none do.

    Parameters
    ----------
    claims : iterable of (str, str, str)
        Who holds which lock and wants which other one; a lock is held by one at most.

    Raises
    ------
    ValueError
        If two hold the same lock.

    Examples
    --------
    >>> [claim.who for claim in ring_of([("ann", "a", "b"), ("bob", "b", "c"), ("eve", "c", "b")])]
    ['bob', 'eve']
    >>> ring_of([("ann", "a", "b"), ("bob", "b", "c")])
    []
    """
    holders: dict[str, Claim] = {}
    for claim in (Claim(*told) for told in claims):
        if claim.holds in holders:
            raise ValueError(f"{claim.who} and {holders[claim.holds].who} cannot both hold {claim.holds!r}")
        holders[claim.holds] = claim
    for start in holders.values():
        path = [start]
        while (following := holders.get(path[-1].wants)) is not None and following not in path:
            path.append(following)
        if following == start:
            return path
    return []


def deadlock_picture(claims: Iterable[tuple[str, str, str]], title: str = "") -> Axes:
    """Draw a deadlock as its ring: from each process to the lock it wants, from each lock to its holder.

    Parameters
    ----------
    claims : iterable of (str, str, str)
        Who holds which lock and wants which other one.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If nobody waits in a ring: then it is no deadlock.
    """
    ring = ring_of(claims)
    if not ring:
        raise ValueError("nobody waits in a ring, so this is no deadlock; did each process tell its claim?")
    figure_size = (5.6, 3.4 if len(ring) < 4 else 4.6)
    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=figure_size, layout="constrained")
    ax.axis("off")
    ax.set(xlim=(-1.62, 1.62), ylim=(-1.25, 1.25))
    if title:
        ax.set_title(title, loc="left", fontsize=11, color=PALETTE["ink"], pad=10)
    # Clockwise from the left: a process, the lock it wants, that lock's holder, and so on, back to the first.
    names = [name for claim in ring for name in (claim.who, claim.wants)]
    places = []
    for number in range(len(names)):
        angle = math.pi - 2 * math.pi * number / len(names)
        places.append((1.2 * math.cos(angle), math.sin(angle)))
    boxes = []
    for number, (name, place) in enumerate(zip(names, places, strict=True)):
        is_lock = number % 2 == 1
        look: dict[str, Any] = {
            "boxstyle": "square,pad=0.5" if is_lock else "round,pad=0.5,rounding_size=0.8",
            "facecolor": TINT["warn" if is_lock else "note"],
            "edgecolor": PALETTE["warn" if is_lock else "yours"],
        }
        boxes.append(ax.text(*place, name, ha="center", va="center", bbox=look, zorder=3))
    for number, start in enumerate(places):
        end = places[(number + 1) % len(places)]
        waits = number % 2 == 0
        ax.annotate(
            "",
            end,
            start,
            arrowprops={
                "arrowstyle": "-|>",
                "color": PALETTE["bad" if waits else "ink"],
                "linestyle": "--" if waits else "-",
                "linewidth": 1.6,
                "connectionstyle": "arc3,rad=-0.25",
                "patchA": boxes[number].get_bbox_patch(),
                "patchB": boxes[(number + 1) % len(boxes)].get_bbox_patch(),
                "shrinkA": 2,
                "shrinkB": 2,
            },
        )
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        ax.text(
            middle[0] * 0.76,
            middle[1] * 0.76,
            "waits for" if waits else "held by",
            ha="center",
            va="center",
            fontsize=9,
            color=PALETTE["bad" if waits else "ink"],
        )
    parts = [
        f"{claim.who} waits for {claim.wants}, which {following.who} holds"
        for claim, following in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    return described(ax, f"Ring of {len(ring)} processes and {len(ring)} locks. {'; '.join(parts)}.")
