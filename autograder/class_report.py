"""A class on one page: marks, who needs a person, what went wrong most, and every report.

The page is one file that opens offline. It has no script and forbids any, so that nothing a student
wrote could run even if an escape were forgotten.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from urllib.parse import quote

from autograder.findings import NOT_TRIED, Report
from autograder.render import words
from autograder.render.dots import OUTCOMES, Strip, efficiency_strips, outcome_bars
from autograder.render.html import as_html, with_code
from autograder.render.palette import PALETTE, TINT

_LINE = f"1px solid {TINT['line']}"
_STYLE = f"""
:root {{ color-scheme: light; }}
body {{ margin: 0 auto; max-width: 70rem; padding: 1rem; overflow-wrap: break-word;
  background: {PALETTE["paper"]}; color: {PALETTE["ink"]};
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }}
h1 {{ font-size: 1.6rem; line-height: 1.2; }}
h2 {{ font-size: 1.2rem; margin: 2rem 0 .5rem; }}
a {{ color: {PALETTE["yours"]}; }}
figure {{ margin: 0; }}
figcaption, .small {{ font-size: .85em; font-weight: normal; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: .85rem; }}
summary {{ cursor: pointer; padding: .3rem 0; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: {_LINE}; padding: .3rem .7rem; text-align: left; vertical-align: top; }}
.marks th, .marks td {{ overflow-wrap: normal; white-space: nowrap; }}
.marks td, .marks thead th + th {{ text-align: right; font-variant-numeric: tabular-nums; }}
.marks th:first-child {{ position: sticky; left: 0; background: {PALETTE["paper"]};
  max-width: min(40vw, 14rem); overflow: hidden; text-overflow: ellipsis; }}
.marks td.left {{ text-align: left; white-space: normal; min-width: 14rem; }}
.worst td:nth-child(odd) {{ white-space: nowrap; }}
.worst td:last-child, .worst pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
.none {{ background: {TINT["bad"]}; }}
.open {{ background: {TINT["warn"]}; }}
.key {{ white-space: nowrap; }}
.swatch {{ display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em; }}
@media (max-width: 40rem) {{
  .worst, .worst tbody, .worst tr, .worst td {{ display: block; border: 0; padding: 0; }}
  .worst thead {{ display: none; }}
  .worst tr {{ border-bottom: {_LINE}; padding: .4rem 0; }}
}}
@media print {{
  body {{ max-width: none; font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
  .wide {{ overflow: visible; }}
  .marks th, .marks td {{ white-space: normal; padding: .2rem .3rem; font-size: 9pt; }}
  .marks tr > :last-child {{ display: none; }}
  tr, svg {{ break-inside: avoid; }}
}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_WORST = 12


@dataclass(frozen=True)
class StudentRow:
    """What became of one student's submission.

    Parameters
    ----------
    student : str
        The student's name in the gradebook.
    reports : dict of str to Report
        By exercise, in the unit's order; empty if the notebook could not be read.
    problem : str
        Why the submission, or a part of it, is not graded; empty if all of it is.
    feedback : str
        Path of the student's feedback page, relative to the class page; empty if there is none.
    """

    student: str
    reports: dict[str, Report] = field(default_factory=dict)
    problem: str = ""
    feedback: str = ""

    @property
    def points(self) -> float:
        """Points earned over all exercises."""
        return round(sum(report.points for report in self.reports.values()), 2)

    @property
    def needs_person(self) -> bool:
        """Whether a speed could not be judged, so that a person must decide."""
        return any(report.needs_person for report in self.reports.values())


def class_page(
    unit: str,
    rows: Sequence[StudentRow],
    *,
    when: datetime | None = None,
    seconds: float | None = None,
) -> str:
    """Write one unit's class report.

    Parameters
    ----------
    unit : str
        The unit that was graded.
    rows : sequence of StudentRow
        One a student, in any order.
    when : datetime, optional
        When it was graded; now if it is left out.
    seconds : float, optional
        How long grading took.

    Returns
    -------
    str
        A whole HTML page without scripts or outside resources.
    """
    rows = sorted(rows, key=lambda row: _natural(row.student))
    maxima = _maxima(rows)
    title = f"Unit {_safe(unit)}: class report"
    body = [
        f"<h1>{title}</h1>",
        _circumstances(rows, when or datetime.now().astimezone(), seconds),
        _section("Needs a person", _needs_person(rows)),
        _section("Marks", _marks(rows, maxima)),
        _section("Points by exercise", _points_picture(rows, maxima)),
        _section("Efficiency by exercise", _efficiency_picture(rows, maxima)),
        _section("What failed most", _worst(rows)),
        _section("Reports", _reports(rows, maxima)),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def _safe(text: str, limit: int = 200) -> str:
    return escape(words.clean_line(text, limit))


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sort key by which s2 comes before s10."""
    return [
        (int(digits or 0), text) for digits, text in re.findall("([0-9]*)([^0-9]*)", name.casefold())
    ], name


def _maxima(rows: Sequence[StudentRow]) -> dict[str, tuple[float, float]]:
    """The most points for correctness and for speed, of each exercise that anybody has."""
    maxima: dict[str, tuple[float, float]] = {}
    for row in rows:
        for name, report in row.reports.items():
            correctness, speed = maxima.get(name, (0.0, 0.0))
            maxima[name] = (
                max(correctness, report.max_correctness_points),
                max(speed, report.max_speed_points),
            )
    return maxima


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>\n{content}</section>"


def _circumstances(rows: Sequence[StudentRow], when: datetime, seconds: float | None) -> str:
    whole = sum(not row.problem for row in rows)
    said = f"Graded on {when:%Y-%m-%d at %H:%M %Z}".rstrip()
    if seconds is not None:
        minutes, rest = divmod(round(seconds), 60)
        said += f" in {minutes} min {rest} s" if minutes else f" in {rest} s"
    said += f". {words.count(len(rows), 'student')}, of whom {whole} graded in full."
    reports = [report for row in rows for report in row.reports.values()]
    machines = sorted({words.clean_line(report.machine) for report in reports} - {""})
    if machines:
        said += f" Judged on: {'; '.join(machines)}."
    if any(report.sandbox == "none" for report in reports):
        said += " Some answers ran without a sandbox."
    return f"<p>{escape(said)}</p>"


def _needs_person(rows: Sequence[StudentRow]) -> str:
    items = []
    for number, row in enumerate(rows, 1):
        student = f'<a href="#student-{number}">{_safe(row.student)}</a>'
        if row.problem:
            items.append(
                f"{student}: {'partly ' if row.reports else 'not '}graded. {_safe(row.problem, 600)}"
            )
        for name, report in row.reports.items():
            if report.needs_person and report.speed is not None:
                why = report.speed.reason or "The measurements did not settle it."
                items.append(f"{student}, {_safe(name)}: the speed is open. {_safe(why, 600)}")
    if not items:
        return "<p>Nobody: every submission was read and every speed was judged.</p>"
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _marks(rows: Sequence[StudentRow], maxima: dict[str, tuple[float, float]]) -> str:
    most = words.number(sum(map(sum, maxima.values())))
    columns = [(_safe(name), _sum(*parts)) for name, parts in maxima.items()] + [("total", most)]
    head = "".join(
        f'<th scope="col">{name}<br><span class="small">of {points}</span></th>' for name, points in columns
    )
    graded = [row for row in rows if not row.problem]
    foot = ""
    if graded:
        means = [
            _mean([row.reports[name].points for row in graded if name in row.reports]) for name in maxima
        ]
        cells = "".join(f"<td>{mean}</td>" for mean in [*means, _mean([row.points for row in graded])])
        foot = f'<tfoot><tr><th scope="row">mean</th>{cells}<td></td></tr></tfoot>'
    body = "".join(_marks_row(number, row, list(maxima)) for number, row in enumerate(rows, 1))
    return (
        "<p>Correctness + speed. "
        "A question mark is a speed that is still open: it counts 0 until it is settled.</p>"
        '<div class="wide" role="region" aria-label="Marks" tabindex="0"><table class="marks">'
        f'<thead><tr><th scope="col">student</th>{head}<th scope="col">feedback</th></tr></thead>'
        f"<tbody>{body}</tbody>{foot}</table></div>"
    )


def _marks_row(number: int, row: StudentRow, names: list[str]) -> str:
    if row.problem and not row.reports:
        cells = f'<td class="left none" colspan="{len(names) + 1}">not graded: {_safe(row.problem)}</td>'
    else:
        missing = "not judged" if row.problem else "no answer"
        cells = "".join(_cell(row.reports.get(name), missing) for name in names)
        cells += f"<td><strong>{words.number(row.points)}</strong></td>"
    student = f'<a href="#student-{number}">{_safe(row.student)}</a>'
    feedback = ""
    if row.feedback:  # With "./" before it and ":" encoded, a path can name no other scheme or host.
        path = quote(row.feedback, errors="surrogatepass")
        feedback = f'<a href="./{path}" aria-label="Feedback for {_safe(row.student)}">open</a>'
    return f'<tr><th scope="row">{student}</th>{cells}<td>{feedback}</td></tr>'


def _sum(correctness: float, speed: float) -> str:
    return f"{words.number(correctness)} + {words.number(speed)}" if speed else words.number(correctness)


def _cell(report: Report | None, missing: str) -> str:
    if report is None:
        return f'<td class="none">{missing}</td>'
    if report.needs_person:
        return f'<td class="open">{words.number(report.correctness_points)} + ?</td>'
    look = "" if report.points else ' class="none"'
    if report.max_speed_points:
        said = f"{words.number(report.correctness_points)} + {words.number(report.speed_points)}"
    else:
        said = words.number(report.correctness_points)
    return f"<td{look}>{said}</td>"


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.2f}" if values else ""


def _points_picture(rows: Sequence[StudentRow], maxima: dict[str, tuple[float, float]]) -> str:
    counts = {name: Counter(_outcome(row, name) for row in rows) for name in maxima}
    picture = outcome_bars({words.clean_line(name): found for name, found in counts.items()})
    if not picture:
        return "<p>No answer could be graded.</p>"
    swatch = '<span class="swatch" style="background:{}"></span>'
    key = " ".join(
        f'<span class="key">{swatch.format(PALETTE[colour])}{outcome}</span>'
        for outcome, colour in OUTCOMES.items()
    )
    return f"<figure>{picture}<figcaption>Students, by what they earned: {key}</figcaption></figure>"


def _outcome(row: StudentRow, name: str) -> str:
    report = row.reports.get(name)
    if report is None:
        return "not judged" if row.problem else "no points"
    if report.needs_person:
        return "speed open"
    if report.points >= report.max_points:
        return "all points"
    return "some points" if report.points else "no points"


def _efficiency_picture(rows: Sequence[StudentRow], maxima: dict[str, tuple[float, float]]) -> str:
    strips = []
    for name in maxima:
        speeds = [
            speed for row in rows if name in row.reports and (speed := row.reports[name].speed) is not None
        ]
        marks = [
            (speed.efficiency, speed.verdict)
            for speed in speeds
            if speed.efficiency is not None and math.isfinite(speed.efficiency)
        ]
        if marks:
            strips.append(Strip(words.clean_line(name), speeds[0].threshold, marks))
    picture = efficiency_strips(strips)
    if not picture:
        return "<p>No speed was measured.</p>"
    return (
        f"<figure>{picture}<figcaption>Each mark is one student whose answer was right: a disc passed, "
        "a cross did not, a hollow diamond is still open. 1 is the ideal split of the same work; the broken "
        "line is what was needed.</figcaption></figure>"
    )


def _worst(rows: Sequence[StudentRow]) -> str:
    messages: dict[tuple[str, str], list[str]] = defaultdict(list)
    tried: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for name, report in row.reports.items():
            for finding in report.findings:
                if finding.message.startswith(NOT_TRIED):
                    continue
                tried[name, finding.name] += 1
                if not finding.passed:
                    messages[name, finding.name].append(words.message(finding))
    if not messages:
        return "<p>Nothing failed.</p>"
    worst = sorted(messages.items(), key=lambda item: (-len(item[1]), item[0]))[:_WORST]
    body = "".join(
        f"<tr><td>{_safe(exercise)}</td><td>{with_code(words.clean_line(name))}</td>"
        f"<td>{len(said)} of {tried[exercise, name]} failed</td>"
        f"<td><pre>{escape(_most_common(said))}</pre></td></tr>"
        for (exercise, name), said in worst
    )
    return (
        '<table class="worst"><thead><tr><th scope="col">exercise</th><th scope="col">what was checked</th>'
        '<th scope="col">students</th><th scope="col">most common message</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _most_common(messages: list[str]) -> str:
    return words.shorten(Counter(messages).most_common(1)[0][0], 300)


def _reports(rows: Sequence[StudentRow], maxima: dict[str, tuple[float, float]]) -> str:
    most = words.number(sum(map(sum, maxima.values())))
    nothing = "<p>Nothing was handed in.</p>"
    folded = []
    for number, row in enumerate(rows, 1):
        mark = f"{words.number(row.points)} of {most} points" if row.reports else "not graded"
        content = f"<p>{_safe(row.problem, 2000)}</p>" if row.problem else ""
        content += "".join(map(as_html, row.reports.values()))
        # The target is inside: browsers open a folded part when a link leads into it.
        folded.append(
            f"<details><summary><strong>{_safe(row.student)}</strong>, {mark}</summary>"
            f'<div id="student-{number}">{content or nothing}</div></details>'
        )
    return "".join(folded) or "<p>No student handed in this unit.</p>"
