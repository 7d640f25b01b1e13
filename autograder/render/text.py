"""A report as plain text: for a terminal, a log and the text side of a notebook's output."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, chop_cells

from autograder.findings import Finding, Report, Speed
from autograder.render import words
from autograder.render.bars import has_efficiency, interval, samples, ticks

_COLOURS = {"good": "32", "bad": "31", "warn": "33", "bold": "1"}


@dataclass(frozen=True)
class _Style:
    """The characters to draw with, and whether colour is wanted."""

    passed: str
    failed: str
    bar: str
    dash: str
    low: str
    high: str
    dot: str
    line: str
    dots: str
    color: bool

    def paint(self, text: str, *names: str) -> str:
        if not self.color or not text:
            return text
        return f"\x1b[{';'.join(_COLOURS[name] for name in names)}m{text}\x1b[0m"


def as_text(report: Report, width: int = 80, color: bool = False, encoding: str = "utf-8") -> str:
    """Render a report as lines of plain text.

    Parameters
    ----------
    report : Report
        What was found.
    width : int
        Columns of the terminal; fewer than 40 are treated as 40.
    color : bool
        Whether to add ANSI colours. They repeat what is said and say nothing of their own.
    encoding : str
        Encoding of the stream that the text is for. Where it cannot hold the drawing characters
        the picture is drawn in ASCII, and what else it cannot hold is written as escapes.

    Returns
    -------
    str
        Lines joined by newlines, without a newline at the end.

    Raises
    ------
    LookupError
        If there is no such encoding.

    Examples
    --------
    >>> from autograder.findings import Finding, Report
    >>> found = (Finding("values", True, "20 inputs, all equal."),)
    >>> print(as_text(Report("parallel_map", "02-pool", found, None, 3, 3), encoding="ascii"))
    parallel_map in 02-pool                                            3 of 3 points
    Right. Points: correctness 3 of 3.
    <BLANKLINE>
    ok   values: 20 inputs, all equal.
    <BLANKLINE>
    sandbox: none.
    """
    width = max(40, width)
    style = _style(encoding, color)
    report = Report.from_record(_encodable(report.to_record(), encoding))
    blocks = [_head(report, width, style), _findings(report, width, style), _speed(report, width, style)]
    blocks += [_output(report, width, style), wrap(words.circumstances(report), width)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _encodable(data: Any, encoding: str) -> Any:
    """The same data, its texts free of what the encoding cannot hold; before the lines are broken."""
    if isinstance(data, str):
        return data.encode(encoding, "backslashreplace").decode(encoding)
    if isinstance(data, dict):
        return {key: _encodable(value, encoding) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_encodable(value, encoding) for value in data]
    return data


def _style(encoding: str, color: bool) -> _Style:
    pretty = _Style("✓", "✗", "█", "─", "├", "┤", "●", "┃", "·", color)
    try:
        "✓✗█─├┤●┃·".encode(encoding)
    except UnicodeEncodeError:
        return _Style("ok  ", "FAIL", "#", "-", "[", "]", "o", "|", ".", color)
    return pretty


def wrap(text: str, width: int, indent: str = "", hang: str = "") -> list[str]:
    """Break text into lines of at most `width` columns, at spaces where there are any.

    Other spaces stay as they are, and a wide character counts as two columns. Every line begins
    with `indent`, and one that continues another with `hang` besides.

    Examples
    --------
    >>> wrap("expected: [1, 4, 9, 16]", 20, "  ", "  ")
    ['  expected: [1, 4,', '    9, 16]']
    >>> wrap("0123456789", 4)
    ['0123', '4567', '89']
    """
    room = max(2, width - cell_len(indent))
    lines = []
    for line in text.split("\n"):
        current = ""
        for word in re.findall(" *[^ ]+", line):
            if cell_len(current + word) > room:
                if current:
                    lines.append(current)
                    word = hang + word.lstrip(" ")
                *full, word = chop_cells(word, room)
                lines += full
                current = ""
            current += word
        lines.append(current)
    return [(indent + line).rstrip() for line in lines]


def _head(report: Report, width: int, style: _Style) -> list[str]:
    name, points = words.clean_line(f"{report.exercise} in {report.unit}", 400), words.points(report)
    gap = width - cell_len(name) - cell_len(points)
    title = [name + " " * gap + points] if gap > 1 else [*wrap(name, width), points]
    right = report.correct and (report.speed is None or report.speed.verdict == "pass")
    colour = "good" if right else "warn" if report.correct else "bad"
    said = wrap(f"{words.headline(report)} Points: {words.shares(report)}.", width)
    return [style.paint(line, "bold") for line in title] + [style.paint(line, colour) for line in said]


def _findings(report: Report, width: int, style: _Style) -> list[str]:
    lines: list[str] = []
    for group in words.failures(report):
        for finding in group:
            lines += _marked(style.failed, "bad", words.clean_line(finding.name), width, style)
        lines += _explained(group[0], width)
        lines.append("")
    for finding in report.findings:
        if finding.passed:
            name, said = words.clean_line(finding.name), words.message(finding)
            lines += _marked(style.passed, "good", f"{name}: {said}" if said else name, width, style)
    return lines if lines[-1:] != [""] else lines[:-1]


def _explained(finding: Finding, width: int) -> list[str]:
    said = words.message(finding)
    lines = wrap(said, width, "    ", "  ") if said else []
    lines += wrap(words.ESSENTIAL, width, "    ") if finding.essential else []
    return lines + (wrap(f"Hint: {words.clean(finding.hint)}", width, "    ") if finding.hint else [])


def _marked(mark: str, colour: str, text: str, width: int, style: _Style) -> list[str]:
    first, *rest = wrap(text, width - len(mark) - 1)
    return [f"{style.paint(mark, colour, 'bold')} {first}"] + [" " * (len(mark) + 1) + line for line in rest]


def _speed(report: Report, width: int, style: _Style) -> list[str]:
    if report.speed is None:
        return []
    colour = {"pass": "good", "fail": "bad"}.get(report.speed.verdict, "warn")
    mark = {"pass": style.passed, "fail": style.failed, "inconclusive": "?"}.get(report.speed.verdict, "-")
    lines = [style.paint(f"{mark} {words.speed_verdict(report.speed)}", colour, "bold")]
    for sentence in words.speed_sentences(report):
        lines += wrap(sentence, width)
    picture = draw(report.speed, width, style)
    return [*lines, "", *picture] if picture else lines


def draw(speed: Speed, width: int, style: _Style) -> list[str]:
    """Draw the bars and the efficiency in text, in at most `width` columns."""
    lines: list[str] = []
    rows = samples(speed)
    label, value = 11, 9
    room = width - label - value - 1
    if rows:
        top = ticks(max(sample.high for sample in rows.values()))[-1]
        for name, sample in rows.items():
            low, median, high = (
                _column(time, top, room) for time in (sample.low, sample.median, sample.high)
            )
            cells = [style.bar] * low + [" "] * (room - low)
            _overlay(cells, low, median, high, style)
            lines.append(f"{name:<{label}}{''.join(cells)} {words.duration(sample.median):>{value}}")
        scale = f"0{f'{top:g} s':>{room - 1}}"
        lines.append(" " * label + scale)
        lines += wrap(_key(style), width)
    if has_efficiency(speed):
        top = ticks(max(1.0, speed.threshold, interval(speed)[2]))[-1]
        low, median, high = (_column(end, top, room) for end in interval(speed))
        needed = _column(speed.threshold, top, room)
        cells = [style.dots] * room
        cells[needed] = style.line
        _overlay(cells, low, median, high, style)
        if not low <= needed <= high:
            cells[needed] = style.line
        number = words.share(interval(speed)[1], speed.threshold)
        lines += ["", f"{'efficiency':<{label}}{''.join(cells)} {number:>{value}}"]
        marks = [" "] * room
        said = f"needed {speed.threshold:.2f} {style.line}"
        marks[0], marks[-len(f"{top:g}") :] = "0", f"{top:g}"
        start = max(0, needed + 1 - len(said))
        marks[start : start + len(said)] = said
        lines.append(" " * label + "".join(marks))
    return lines


def _key(style: _Style) -> str:
    return f"{style.dot} median; {style.low}{style.dash}{style.high} from the fastest to the slowest run"


def _column(value: float, top: float, room: int) -> int:
    return min(room - 1, max(0, math.floor(value / top * (room - 1) + 0.5)))


def _overlay(cells: list[str], low: int, median: int, high: int, style: _Style) -> None:
    """Put an interval on a row of cells; its middle always shows, its ends where there is room."""
    cells[low : high + 1] = [style.dash] * (high + 1 - low)
    cells[low], cells[high] = style.low, style.high
    cells[median] = style.dot


def _output(report: Report, width: int, style: _Style) -> list[str]:
    printed = words.clean(report.output, 2000).strip("\n")
    if not printed.strip():
        return []
    lines = [
        piece for line in printed.split("\n") for piece in (chop_cells(line, width - 4) if line else [""])
    ]
    if len(lines) > 30:
        lines = [*lines[:20], f"... {len(lines) - 29} lines left out ...", *lines[-9:]]
    return [style.paint("What your code printed:", "bold"), *(f"  | {line}".rstrip() for line in lines)]
