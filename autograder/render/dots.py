"""Pictures of a class: how many earned what, and every student's efficiency beside the threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from autograder.render.palette import PALETTE, TINT

WIDTH = 360
OUTCOMES = {
    "all points": "ideal",
    "some points": "yours",
    "no points": "bad",
    "speed open": "warn",
    "not judged": "serial",
}
_ROW = 64
_LOOK = "display:block;width:100%;max-width:560px;height:auto;font:12px system-ui,sans-serif;"
_INK = f'fill="{PALETTE["ink"]}"'
_TALLEST = 110


@dataclass(frozen=True)
class Strip:
    """The efficiencies of one exercise.

    Parameters
    ----------
    name : str
        The exercise.
    threshold : float
        The efficiency that earns its speed points.
    marks : sequence of (float, str)
        Each student's efficiency and verdict.
    """

    name: str
    threshold: float
    marks: Sequence[tuple[float, str]]


def outcome_bars(rows: Mapping[str, Mapping[str, int]]) -> str:
    """Draw, for each exercise, how many students had each of the `OUTCOMES`, as one SVG element.

    Parameters
    ----------
    rows : mapping
        From the exercise to {outcome: number of students}.

    Returns
    -------
    str
        An SVG element; "" without rows.
    """
    parts: list[str] = []
    for index, (name, counts) in enumerate(rows.items()):
        top, left, total = _ROW * index, 2.0, sum(counts.values()) or 1
        parts.append(f'<text x="2" y="{top + 14}" font-weight="600" {_INK}>{escape(name[:40])}</text>')
        for outcome, colour in OUTCOMES.items():
            number = counts.get(outcome, 0)
            width = (WIDTH - 4) * number / total
            if not number:
                continue
            parts.append(
                f'<rect x="{left:.1f}" y="{top + 20}" width="{max(0.5, width - 1):.1f}" height="20" '
                f'fill="{PALETTE[colour]}"><title>{outcome}: {number}</title></rect>'
            )
            if width >= 9 * len(str(number)):
                ink = PALETTE["paper" if colour == "yours" else "ink"]
                parts.append(
                    f'<text x="{left + width / 2:.1f}" y="{top + 34}" text-anchor="middle" font-weight="600" '
                    f'fill="{ink}">{number}</text>'
                )
            left += width
        told = _counted(counts)  # in words, too: in grey some of the colours are alike
        squeezed = f' textLength="{WIDTH - 4}" lengthAdjust="spacingAndGlyphs"' if len(told) > 62 else ""
        parts.append(f'<text x="2" y="{top + 52}" font-size="10"{squeezed} {_INK}>{told}</text>')
    said = "; ".join(f"{name}: {_counted(counts)}" for name, counts in rows.items())
    return _svg(parts, _ROW * len(rows), "Points, students counted", said)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts.get(outcome))


def efficiency_strips(strips: Sequence[Strip]) -> str:
    """Draw each student's efficiency as a dot, equal ones stacked, as one SVG element.

    A disc passed, a cross did not, a hollow diamond is still open; the broken line is the threshold.

    Parameters
    ----------
    strips : sequence of Strip
        One an exercise.

    Returns
    -------
    str
        An SVG element; "" if there is no efficiency to draw.
    """
    strips = [strip for strip in strips if strip.marks]
    most = max([1.0, *(value for strip in strips for value, _ in strip.marks)])
    parts: list[str] = []
    height = 0
    for strip in strips:
        height = _strip(parts, strip, height, most)
    said = "; ".join(f"{strip.name}: threshold {strip.threshold:.2f}, {_told(strip)}" for strip in strips)
    return _svg(parts, height, "Efficiency of each student", said)


def _told(strip: Strip) -> str:
    counts = Counter(verdict for _, verdict in strip.marks)
    named = {"pass": "passed", "fail": "failed", "inconclusive": "still open"}
    return ", ".join(f"{counts[verdict]} {name}" for verdict, name in named.items() if counts[verdict])


def _svg(parts: list[str], height: int, title: str, said: str) -> str:
    if not parts:
        return ""
    label = escape(f"{title}. {said}.")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{label}" style="{_LOOK}"><title>{title}</title><desc>{label}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _strip(parts: list[str], strip: Strip, top: int, most: float) -> int:
    """Draw one strip below `top` and give where it ends."""
    left, room, bins = 10, WIDTH - 20, 60
    stacks = Counter(round(max(0.0, value) / most * bins) for value, _ in strip.marks)
    tallest = max(stacks.values())
    radius = max(1.0, min(3.5, _TALLEST / (2.2 * tallest)))
    step = min(2.2 * radius, _TALLEST / tallest)  # In a very large class the dots of a stack overlap.
    base = top + 28 + round(tallest * step)
    line = left + room * strip.threshold / most
    parts.append(f'<text x="2" y="{top + 14}" font-weight="600" {_INK}>{escape(strip.name[:30])}</text>')
    parts.append(
        f'<rect x="{line:.1f}" y="{top + 20}" width="{max(0.0, left + room - line):.1f}" '
        f'height="{base - top - 20}" fill="{TINT["good"]}"/>'
    )
    parts.append(_line(left, base, left + room, base, TINT["line"]))
    parts.append(_line(line, top + 18, line, base, PALETTE["ink"], ' stroke-dasharray="4 2"'))
    parts.append(
        f'<text x="{line:.1f}" y="{top + 14}" text-anchor="middle" font-size="11" {_INK}>'
        f"needed: {strip.threshold:.2f}</text>"
    )
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        x = left + room * tick / most
        parts.append(
            f'<text x="{x:.1f}" y="{base + 13}" text-anchor="middle" font-size="11" {_INK}>{tick:g}</text>'
        )
    filled: Counter[int] = Counter()
    for value, verdict in sorted(strip.marks):
        place = round(max(0.0, value) / most * bins)
        filled[place] += 1
        x = left + room * place / bins
        parts.append(_dot(x, base - 2 - radius - (filled[place] - 1) * step, radius, verdict))
    return base + 22


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, extra: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{extra}/>'


def _dot(x: float, y: float, radius: float, verdict: str) -> str:
    if verdict == "pass":
        return f'<circle cx="{x:.1f}" cy="{y:.2f}" r="{radius:.1f}" fill="{PALETTE["yours"]}"/>'
    r = f"{radius:.1f}"
    if verdict == "fail":
        path = f"M-{r},-{r} L{r},{r} M{r},-{r} L-{r},{r}"
    else:
        path = f"M0,-{r} L{r},0 0,{r} -{r},0z"
    colour = PALETTE["bad" if verdict == "fail" else "ink"]
    return (
        f'<path d="{path}" transform="translate({x:.1f} {y:.2f})" fill="none" stroke="{colour}" '
        f'stroke-width="{min(2.0, radius / 2):.1f}"/>'
    )
