"""The doctor's page: for a terminal (Rich), as plain text and as HTML, all from the same words."""

from __future__ import annotations

import io
from html import escape

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from autograder import diagnosis
from autograder.diagnosis import Ability, Examination
from autograder.render.capacity import CapacityPlot, capacity_picture
from autograder.render.html import _BOX, _CLASS, _INK, _MARK, _SMALL, _div, _fold
from autograder.render.palette import PALETTE, TINT
from autograder.render.words import clean, clean_line

# Sign, its ASCII, the terminal's colour, ground and edge.
_SIGNS = {
    "yes": ("✓", "ok", "green", TINT["good"], PALETTE["ideal"]),
    "slowly": ("~", "~", "yellow", TINT["warn"], PALETTE["warn"]),
    "unsure": ("?", "?", "yellow", TINT["warn"], PALETTE["warn"]),
    "no": ("✗", "no", "red", TINT["bad"], PALETTE["bad"]),
}
_SLOTS = {"free": "free", "held": "held by another speed run just now; they wait for one another"}


def facts(examination: Examination) -> dict[str, str]:
    """Everything seen, a line each, by its name."""
    box = examination.sandbox
    rows = {
        "cores": diagnosis.told_cores(examination.cores),
        "start method": examination.start_method,
        "accounting": "CPU time and run-queue waits can be read"
        if examination.accounting
        else "none of run-queue waits: speed is judged by the clock",
        "boost": diagnosis.told_boost(examination),
        "beside us": diagnosis.told_beside(examination),
        "timing slot": _SLOTS.get(examination.slot, examination.slot),
        "sandbox": box.problem or f"{box.name} works{f' ({box.version})' if box.version else ''}",
        "limits": "" if box.problem else diagnosis.told_limits(box),
        "held by": "" if box.problem else box.by,
        "versions": ", ".join(f"{name} {version}" for name, version in examination.versions.items()),
    }
    return {name: clean_line(said, 800) for name, said in rows.items() if said}


def capacity_sentence(examination: Examination) -> str:
    """What was measured, or why nothing was."""
    seen = examination.capacity
    if seen is None:
        return f"The capacity was not measured: {clean_line(examination.not_measured, 400)}."
    said = diagnosis.told_capacity(seen)
    if seen.interrupted:
        said += f" It was interrupted: this is what {seen.seconds:.0f} s have shown."
    return said


# Terminal --------------------------------------------------------------------------------------------


def page(examination: Examination) -> RenderableType:
    """The page for a Rich console; it takes the console's width, colours and encoding."""
    able = Table.grid(padding=(0, 1))
    able.add_column(no_wrap=True)
    able.add_column(ratio=1)
    seen = Table.grid(padding=(0, 2))
    seen.add_column(no_wrap=True)
    seen.add_column(ratio=1)
    for ability in examination.abilities:
        sentence = Text(clean(ability.sentence))
        sentence.stylize("bold", 0, len(ability.what))
        able.add_row(_Sign(ability), sentence)
    for name, said in facts(examination).items():
        seen.add_row(Text(name, "bold"), Text(said))
    parts: list[RenderableType] = [Text(examination.headline, "bold"), Text(), able, Text()]
    parts += [Text("Capacity now", "bold"), Text(capacity_sentence(examination))]
    if examination.capacity is not None:
        parts += [Text(), CapacityPlot(examination.capacity)]
    return Group(*parts, Text(), seen)


class _Sign:
    """The sign of an answer, in what the console can write."""

    def __init__(self, ability: Ability) -> None:
        self._sign, self._ascii, self._colour, *_ = _SIGNS[ability.answer]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self._ascii if options.ascii_only else self._sign, f"bold {self._colour}")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = len(self._ascii if options.ascii_only else self._sign)
        return Measurement(width, width)


def as_text(examination: Examination, width: int = 80) -> str:
    """The page as plain lines of at most `width` columns, without colour."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_jupyter=False)
    with console.capture() as capture:
        console.print(page(examination))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


# HTML ------------------------------------------------------------------------------------------------


def as_html(examination: Examination) -> str:
    """The page as one self-contained HTML fragment, without scripts, ids or outside resources."""
    edge = PALETTE["ideal" if examination.can_grade and examination.workers > 1 else "warn"]
    if not examination.can_grade:
        edge = PALETTE["bad"]
    head = _div(
        f'<strong style="font-size:15px;">{escape(examination.headline)}</strong>',
        f"border-left:6px solid {edge};padding:0 0 0 10px;margin:0 0 8px;",
    )
    able = "".join(_item(ability) for ability in examination.abilities)
    picture = capacity_picture(examination.capacity) if examination.capacity is not None else ""
    look = f'style="{_INK}margin:4px 0 0;padding:0;font-size:14px;text-align:left;"'
    figure = (
        f'<figure style="margin:6px 0 0;padding:0;">{picture}'
        f"<figcaption {look}>{escape(capacity_sentence(examination))}</figcaption></figure>"
    )
    measured = _div(
        f"<strong>Capacity now</strong>{figure}",
        f"border-top:1px solid {TINT['line']};margin:8px 0 0;padding:8px 0 0;",
    )
    seen = facts(examination)
    return (
        f'<section class="{_CLASS}" aria-label="What this machine can measure" style="{_BOX}">{head}'
        f'<ul role="list" style="{_INK}list-style:none;margin:0;padding:0;">{able}</ul>{measured}'
        f"{_fold('Everything that was seen', _list(seen))}"
        f"{_div(escape(_short(examination)), _SMALL)}</section>"
    )


def _item(ability: Ability) -> str:
    sign, _, _, ground, edge = _SIGNS[ability.answer]
    mark = (
        f'<span style="{_MARK}background:{ground};border:1px solid {edge};">{sign} '
        f"{escape(ability.answer)}</span>"
    )
    return (
        f'<li style="{_INK}list-style:none;margin:0;padding:5px 0;">{mark}'
        f"<strong>{escape(ability.what)}</strong>: {escape(clean(ability.words))}</li>"
    )


def _list(rows: dict[str, str]) -> str:
    """Name above text: a table would not fit a telephone."""
    name = f'style="{_INK}font-weight:600;margin:6px 0 0;padding:0;float:none;width:auto;text-align:left;"'
    said = f'style="{_INK}margin:0;padding:0;width:auto;float:none;"'
    lines = "".join(
        f"<dt {name}>{escape(what)}</dt><dd {said}>{escape(seen)}</dd>" for what, seen in rows.items()
    )
    return f'<dl style="{_INK}margin:0;padding:0;font-size:13px;">{lines}</dl>'


def _short(examination: Examination) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in list(examination.versions.items())[:2])
    return (
        f"{examination.cores.usable} usable of {examination.cores.count} cores; {examination.start_method}; "
        f"{versions}; sandbox: {examination.sandbox.name or 'none'}."
    )
