"""The capacity over time, drawn twice from the same points: in text for a terminal, as SVG for a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from autograder.capacity import Capacity
from autograder.diagnosis import spelled
from autograder.render.palette import PALETTE, TINT
from autograder.render.words import duration

WIDTH, LEFT, RIGHT = 360, 22, 324  # narrow on purpose, as in `bars`
_TOP, _BOTTOM = 22, 142
_LOOK = "display:block;width:100%;max-width:560px;height:auto;font:12px system-ui,sans-serif;"
_BROKEN = ' stroke-width="1.5" stroke-dasharray="5 3"'
_INK = f'fill="{PALETTE["ink"]}"'


def describe(seen: Capacity) -> str:
    """The picture in words, for those who cannot see it."""
    alone = [speed for _, speed in seen.alone]
    return (
        f"Capacity over {seen.seconds:.0f} s, where one process alone does 1: {spelled(seen.processes)} at "
        f"once did {seen.value:.2f}, from {seen.low:.2f} to {seen.high:.2f}, where {seen.processes} would be "
        f"ideal; one alone from {min(alone):.2f} to {max(alone):.2f}."
    )


# Text ------------------------------------------------------------------------------------------------


class CapacityPlot:
    """The capacity over time for a Rich console: a column is a moment, a row a part of a core.

    At the right edge the spread of each kind is drawn, from its slowest slice to its fastest.
    """

    def __init__(self, seen: Capacity) -> None:
        self._seen = seen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._lines(min(options.max_width, 100), options.ascii_only)

    def _lines(self, width: int, ascii_only: bool) -> Iterable[Text]:
        seen = self._seen
        many, one, ideal, bar, tick, corner, dash = "*o.||+-" if ascii_only else "●○·│┤└─"
        step = {2: 0.2, 3: 0.25}.get(seen.processes, 0.5)
        rows = max(seen.processes + step, seen.high, *(speed for _, speed in seen.alone)) / step
        count, room = math.ceil(rows - 1e-9) + 1, max(20, width - 14)
        styles = {many: "bold cyan", one: "bold", ideal: "green", bar: "cyan"}
        cells = [[" "] * (room + 6) for _ in range(count)]

        def row(speed: float) -> int:
            return min(count - 1, max(0, round(speed / step)))

        cells[row(seen.processes)][:room] = [ideal] * room
        for sign, points in ((one, seen.alone), (many, seen.together)):
            for at, speed in points:
                column = min(room - 1, int(at / seen.seconds * room))
                cells[row(speed)][column] = sign
        for column, sign, points in ((room + 2, many, seen.together), (room + 4, one, seen.alone)):
            speeds = [speed for _, speed in points]
            for between in range(row(min(speeds)), row(max(speeds)) + 1):
                cells[between][column] = bar
            cells[row(sum(speeds) / len(speeds))][column] = sign
        for index in reversed(range(count)):
            value = index * step
            label = f"{value:4.0f} " if abs(value - round(value)) < 1e-9 else " " * 5
            line = Text(label + (tick if label.strip() else bar))
            for sign in cells[index]:
                line.append(sign, styles.get(sign, ""))
            yield line
        yield Text(" " * 5 + corner + dash * room)
        end = f"{seen.seconds:.0f} s"
        yield Text(" " * 6 + "0" + end.rjust(room - 1) + " spread")
        yield Text()
        key = Text(" " * 6)
        for sign, said in (
            (many, f"{spelled(seen.processes)} at once"),
            (one, "one alone"),
            (ideal, f"all of {seen.processes} cores"),
        ):
            key.append(sign, styles[sign])
            key.append(f" {said}   ")
        yield key


# SVG -------------------------------------------------------------------------------------------------


def capacity_picture(seen: Capacity) -> str:
    """Draw the capacity over time as one self-contained SVG element, without ids or scripts.

    A disc is a slice with all processes, a ring one with one alone; the bands are their spread and the
    lines their means. The broken line is what the cores would do if nothing were in the way.
    """
    top = max(seen.processes + 0.2, seen.high, *(speed for _, speed in seen.alone))
    parts: list[str] = []

    def x(at: float) -> float:
        return LEFT + (RIGHT - LEFT) * at / max(seen.seconds, 1e-9)

    def y(speed: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * speed / top

    for mark in range(seen.processes + 1):
        parts.append(_line(LEFT, y(mark), RIGHT, y(mark), TINT["line"], ' stroke-width="0.75"'))
        parts.append(_text(LEFT - 6, y(mark) + 4, f"{mark}", "end"))
    parts.append(_text(2, 12, "work, where one process alone does 1", "start", ' font-size="11"'))
    kinds = (
        ("one alone", seen.alone, PALETTE["serial"], TINT["quiet"]),
        (f"{spelled(seen.processes)} at once", seen.together, PALETTE["yours"], TINT["note"]),
    )
    for name, points, edge, ground in kinds:
        speeds = [speed for _, speed in points]
        height = max(1.0, y(min(speeds)) - y(max(speeds)))
        parts.append(
            f'<rect x="{LEFT}" y="{y(max(speeds)):.1f}" width="{RIGHT - LEFT}" height="{height:.1f}" '
            f'fill="{ground}" stroke="{edge}" stroke-width="0.5"><title>{name}</title></rect>'
        )
    ideal = y(seen.processes)
    parts.append(_line(LEFT, ideal, RIGHT, ideal, PALETTE["ideal"], _BROKEN))
    for name, points, edge, _ in kinds:
        middle = y(sum(speed for _, speed in points) / len(points))
        parts.append(_line(LEFT, middle, RIGHT, middle, edge, ' stroke-width="1.5"'))
        filled, ring = ("paper", "ink") if name == "one alone" else ("yours", "paper")
        for at, speed in points:
            parts.append(
                f'<circle cx="{x(at):.1f}" cy="{y(speed):.1f}" r="3.2" fill="{PALETTE[filled]}" '
                f'stroke="{PALETTE[ring]}"/>'
            )
    parts += _ends(seen, y)
    parts.append(_text(LEFT, _BOTTOM + 14, "0", "middle", ' font-size="11"'))
    parts.append(_text(RIGHT, _BOTTOM + 14, duration(seen.seconds), "middle", ' font-size="11"'))
    parts += _key(seen)
    said = escape(describe(seen))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_BOTTOM + 40}" role="img" '
        f'aria-label="{said}" style="{_LOOK}"><title>Capacity now</title><desc>{said}</desc>'
        f'<rect width="{WIDTH}" height="{_BOTTOM + 40}" fill="{PALETTE["paper"]}"/>{"".join(parts)}</svg>'
    )


def _ends(seen: Capacity, y: Callable[[float], float]) -> list[str]:
    """The two means at the right edge, moved apart where they would cover each other."""
    many, one = y(seen.value) + 4, y(1.0) + 4
    if abs(many - one) < 13:
        many, one = (many - 7, one + 7) if many <= one else (many + 7, one - 7)
    return [
        _text(RIGHT + 4, many, f"{seen.value:.2f}", "start", ' font-weight="600"'),
        _text(RIGHT + 4, one, "1.00"),
    ]


def _key(seen: Capacity) -> list[str]:
    y = _BOTTOM + 32
    blue, ink, paper = PALETTE["yours"], PALETTE["ink"], PALETTE["paper"]
    return [
        f'<circle cx="{LEFT + 4}" cy="{y - 4}" r="3.2" fill="{blue}" stroke="{paper}"/>',
        _text(LEFT + 12, y, f"{spelled(seen.processes)} at once"),
        f'<circle cx="{LEFT + 96}" cy="{y - 4}" r="3.2" fill="{paper}" stroke="{ink}"/>',
        _text(LEFT + 104, y, "one alone"),
        _line(
            LEFT + 172,
            y - 4,
            LEFT + 196,
            y - 4,
            PALETTE["ideal"],
            ' stroke-width="1.5" stroke-dasharray="5 3"',
        ),
        _text(LEFT + 202, y, f"all of {seen.processes} cores"),
    ]


def _text(x: float, y: float, said: str, anchor: str = "start", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {_INK}{extra}>{escape(said)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, extra: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{extra}/>'
