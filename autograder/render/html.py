"""A report as HTML: one fragment for JupyterLab, Formgrader, feedback pages and the class report.

The pages it lands in sanitise nothing, so everything that is said goes through `words.clean` and is
then escaped. They also have styles of their own, dark themes and MathJax (which would set a student's
"$...$" as a formula): hence the inline styles, the own colours, the classes that keep MathJax out, and
no headings, which JupyterLab would list in its table of contents.
"""

from __future__ import annotations

import re
from html import escape

from autograder.findings import Finding, Report
from autograder.render import words
from autograder.render.bars import bars
from autograder.render.palette import PALETTE, TINT

_CLASS = "autograder-report mathjax_ignore tex2jax_ignore"
_INK = f"color:{PALETTE['ink']};"
_MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
_BOX = (
    f"{_INK}background:{PALETTE['paper']};border:1px solid {TINT['line']};border-radius:6px;"
    "box-sizing:border-box;width:100%;max-width:704px;margin:8px 0;padding:12px 14px;overflow:hidden;"
    "text-align:left;white-space:normal;overflow-wrap:anywhere;"
    "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:14px;line-height:1.5;"
)
_PRE = (
    f"{_INK}{_MONO}background:{TINT['quiet']};border:1px solid {TINT['line']};border-radius:4px;"
    "margin:6px 0 0;padding:6px 8px;font-size:13px;line-height:1.4;text-align:left;"
    "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;overflow:hidden;"
)
_CODE = f"{_MONO}color:inherit;background:none;font-size:inherit;padding:0;"
_HINT = (
    f"background:{TINT['note']};border-left:4px solid {PALETTE['yours']};"
    "margin:6px 0 0;padding:4px 10px;white-space:pre-line;"
)
_MARK = (
    f"{_INK}display:inline-block;border-radius:10px;padding:0 8px;margin:0 6px 0 0;"
    "font-size:12px;font-weight:600;white-space:nowrap;"
)
_MARKS = {
    "pass": ("✓ passed", TINT["good"], PALETTE["ideal"]),
    "fail": ("✗ failed", TINT["bad"], PALETTE["bad"]),
    "inconclusive": ("? open", TINT["warn"], PALETTE["warn"]),
    "not-measured": ("– skipped", TINT["quiet"], PALETTE["serial"]),
}
_SMALL = "font-size:12px;opacity:.8;margin:4px 0 0;"


def as_html(report: Report) -> str:
    """Render a report as a self-contained HTML fragment.

    Parameters
    ----------
    report : Report
        What was found; every text in it may be hostile.

    Returns
    -------
    str
        One `section` element with inline styles, without scripts, ids or outside resources.

    Examples
    --------
    >>> print(as_html(Report("<b>", "02-pool", (), None, 0, 3))[:80])
    <section class="autograder-report mathjax_ignore tex2jax_ignore" aria-label="Rep
    """
    label = escape(f"Report on {words.clean_line(report.exercise)}")
    return (
        f'<section class="{_CLASS}" aria-label="{label}" style="{_BOX}">'
        f"{_head(report)}{_findings(report)}{_speed(report)}{_output(report)}"
        f"{_div(escape(words.circumstances(report)), _SMALL)}</section>"
    )


def note_html(text: str) -> str:
    """Render a remark of the grader's, set apart from what programs print.

    Examples
    --------
    >>> note_html("1 < 2").endswith(">1 &lt; 2</div>")
    True
    """
    said = escape(words.clean(text), quote=False)
    return f'<div class="{_CLASS}" style="{_BOX}{_HINT}margin:8px 0;">{said}</div>'


def _div(content: str, style: str = "margin:4px 0 0;") -> str:
    return f'<div style="{_INK}{style}">{content}</div>'


def _fold(summary: str, content: str) -> str:
    summary = f'<summary style="{_INK}cursor:pointer;display:list-item;">{escape(summary)}</summary>'
    return f'<details style="margin:6px 0 0;">{summary}{content}</details>'


def with_code(text: str) -> str:
    """Escaped text in which what stands between backticks is set as code.

    Examples
    --------
    >>> with_code("a `<b>` c").replace(_CODE, "...")
    'a <code style="...">&lt;b&gt;</code> c'
    """
    return re.sub("`([^`\n]+)`", rf'<code style="{_CODE}">\1</code>', escape(text))


def _head(report: Report) -> str:
    if not report.correct:
        edge = PALETTE["bad"]
    elif report.speed is None or report.speed.verdict == "pass":
        edge = PALETTE["ideal"]
    else:
        edge = PALETTE["warn"]
    name = f'<strong style="{_MONO}font-size:15px;">{escape(words.clean_line(report.exercise))}</strong>'
    title = f"<span>{name} in {escape(words.clean_line(report.unit))}</span>"
    points = f'<strong style="font-size:15px;">{escape(words.points(report))}</strong>'
    return _div(
        _div(title + points, "display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;")
        + f"<strong>{escape(words.headline(report))}</strong>"
        + _div(f"Points: {escape(words.shares(report))}.", "font-size:13px;"),
        f"border-left:6px solid {edge};padding:0 0 0 10px;margin:0 0 8px;",
    )


def _mark(verdict: str) -> str:
    said, ground, edge = _MARKS[verdict]
    return f'<span style="{_MARK}background:{ground};border:1px solid {edge};">{said}</span>'


def _findings(report: Report) -> str:
    failed = "".join(_failed(group) for group in words.failures(report))
    passed = [_passed(finding) for finding in report.findings if finding.passed]
    if failed and passed:
        return _list(failed) + _fold(f"{words.count(len(passed), 'check')} passed", _list("".join(passed)))
    return _list(failed or "".join(passed))


def _list(items: str) -> str:
    return f'<ul role="list" style="{_INK}list-style:none;margin:0;padding:0;">{items}</ul>' if items else ""


def _item(content: str) -> str:
    return f'<li style="{_INK}list-style:none;margin:0;padding:5px 0;">{content}</li>'


def _failed(group: list[Finding]) -> str:
    said = words.message(group[0])
    parts = [_div(_named(finding)) for finding in group]
    if said:
        parts.append(f'<pre style="{_PRE}">{escape(said)}</pre>')
    if group[0].essential:
        parts.append(_div(words.ESSENTIAL))
    if group[0].hint:
        parts.append(_div(f"<strong>Hint:</strong> {with_code(words.clean(group[0].hint))}", _HINT))
    return _item("".join(parts))


def _passed(finding: Finding) -> str:
    said = words.message(finding)
    colon = f': <span style="white-space:pre-wrap;">{escape(said)}</span>' if said else ""
    return _item(_named(finding) + colon)


def _named(finding: Finding) -> str:
    mark = _mark("pass" if finding.passed else "fail")
    return f"{mark}<strong>{with_code(words.clean_line(finding.name))}</strong>"


def _speed(report: Report) -> str:
    if report.speed is None:
        return ""
    picture = bars(report.speed)
    caption = "".join(_div(escape(sentence)) for sentence in words.speed_sentences(report))
    if picture:
        caption += _div(words.KEY, _SMALL)
    verdict = f"{_mark(report.speed.verdict)}<strong>{escape(words.speed_verdict(report.speed))}</strong>"
    look = f'style="{_INK}margin:4px 0 0;padding:0;font-size:14px;text-align:left;"'
    return _div(
        f'{verdict}<figure style="margin:6px 0 0;padding:0;">{picture}'
        f"<figcaption {look}>{caption}</figcaption></figure>",
        f"border-top:1px solid {TINT['line']};margin:8px 0 0;padding:8px 0 0;",
    )


def _output(report: Report) -> str:
    printed = words.clean(report.output).strip("\n")
    if not printed.strip():
        return ""
    return _fold("What your code printed", f'<pre style="{_PRE}">{escape(printed)}</pre>')
