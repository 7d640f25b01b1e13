"""The bar picture of a speed verdict: yours, ideal and serial in seconds, and the efficiency below."""

from __future__ import annotations

import math
from html import escape

from autograder.findings import Sample, Speed
from autograder.render.palette import PALETTE, TINT
from autograder.render.words import duration, share

# Narrow on purpose: on a phone the picture is shown about as it is, and its text stays readable.
WIDTH, LEFT, RIGHT = 360, 50, 278
ROW = 26
_LOOK = "display:block;width:100%;max-width:460px;height:auto;font:12px system-ui,sans-serif;"


def bars(speed: Speed) -> str:
    """Draw a speed verdict as one self-contained SVG element.

    Each bar ends at the median of its runs; the whisker goes from the fastest to the slowest.
    The strip below shows the efficiency with its interval and the threshold.

    Parameters
    ----------
    speed : Speed
        What was measured; samples that are missing are left out.

    Returns
    -------
    str
        An SVG element without ids, scripts or outside resources; "" if nothing was measured.

    Examples
    --------
    >>> bars(Speed("not-measured", threshold=0.8, processes=2))
    ''
    """
    rows = samples(speed)
    if not rows and not has_efficiency(speed):
        return ""
    parts: list[str] = []
    height = 4
    if rows:
        height = _times(parts, rows, height)
    if has_efficiency(speed):
        height = _strip(parts, speed, height)
    said = escape(describe(speed))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{said}" style="{_LOOK}">'
        f"<title>Time and efficiency</title><desc>{said}</desc>"
        f'<rect width="{WIDTH}" height="{height}" fill="{PALETTE["paper"]}"/>{"".join(parts)}</svg>'
    )


def samples(speed: Speed) -> dict[str, Sample]:
    """The samples that were taken, by name, in the order they are drawn."""
    named = {"yours": speed.yours, "ideal": speed.ideal, "serial": speed.serial}
    return {
        name: sample
        for name, sample in named.items()
        if sample is not None and math.isfinite(sample.median + sample.low + sample.high)
    }


def has_efficiency(speed: Speed) -> bool:
    """Whether there is an efficiency to draw."""
    return speed.efficiency is not None and math.isfinite(speed.efficiency)


def interval(speed: Speed) -> tuple[float, float, float]:
    """Low end, value and high end of the efficiency; the value itself where an end is not known."""
    value = speed.efficiency or 0.0
    low, high = (value if end is None or not math.isfinite(end) else end for end in (speed.low, speed.high))
    return min(low, value), value, max(high, value)


def describe(speed: Speed) -> str:
    """The picture in words, for those who cannot see it."""
    said = [
        f"{name}: {duration(sample.median)}, from {duration(sample.low)} to {duration(sample.high)}"
        for name, sample in samples(speed).items()
    ]
    if has_efficiency(speed):
        low, value, high = (share(end, speed.threshold) for end in interval(speed))
        said.append(f"efficiency: {value}, from {low} to {high}; threshold {speed.threshold:.2f}")
    return "; ".join(said) + "."


def ticks(top: float, most: int = 5) -> list[float]:
    """Round numbers from 0 up to the first one not below `top`.

    Examples
    --------
    >>> ticks(0.93)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> ticks(7)
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    if not top > 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(top / most))
    step = next(
        power * factor for factor in (1, 2, 5, 10) if math.ceil(top / (power * factor) - 1e-9) <= most
    )
    return [round(step * index, 12) for index in range(math.ceil(top / step - 1e-9) + 1)]


def _text(x: float, y: float, said: str, anchor: str = "start", extra: str = "") -> str:
    placed = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{PALETTE["ink"]}"{extra}'
    return f"<text {placed}>{escape(said)}</text>"


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.5, extra: str = ""
) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"{extra}/>'
    )


def _whisker(low: float, high: float, y: float) -> str:
    """Ink on a paper edge, so that it shows on the bar and beside it."""
    drawn = ""
    for colour, width in ((PALETTE["paper"], 3.5), (PALETTE["ink"], 1.5)):
        drawn += _line(low, y, high, y, colour, width)
        drawn += _line(low, y - 5, low, y + 5, colour, width) + _line(high, y - 5, high, y + 5, colour, width)
    return drawn


def _axis(parts: list[str], marks: list[float], top: int, bottom: int, unit: str) -> None:
    for mark in marks:
        x = LEFT + (RIGHT - LEFT) * mark / marks[-1]
        parts.append(_line(x, top, x, bottom, TINT["line"], 0.75))
        parts.append(_text(x, bottom + 13, f"{mark:g}", "middle", ' font-size="11"'))
    parts.append(_text(WIDTH - 2, bottom + 13, unit, "end", ' font-size="11"'))


def _times(parts: list[str], rows: dict[str, Sample], top: int) -> int:
    bottom = top + ROW * len(rows)
    marks = ticks(max(sample.high for sample in rows.values()))
    scale = (RIGHT - LEFT) / marks[-1]
    _axis(parts, marks, top, bottom, "seconds")
    for index, (name, sample) in enumerate(rows.items()):
        y = top + ROW * index + ROW / 2
        parts.append(_text(LEFT - 6, y + 4, name, "end", ' font-weight="600"' if name == "yours" else ""))
        parts.append(
            f'<rect x="{LEFT}" y="{y - 8:.1f}" width="{max(0.5, sample.median * scale):.1f}" height="16" '
            f'fill="{PALETTE[name]}"/>'
        )
        parts.append(_whisker(LEFT + sample.low * scale, LEFT + sample.high * scale, y))
        parts.append(_text(WIDTH - 2, y + 4, duration(sample.median), "end"))
    return bottom + 20


def _strip(parts: list[str], speed: Speed, top: int) -> int:
    low, value, high = interval(speed)
    marks = ticks(max(1.0, high, speed.threshold))
    scale = (RIGHT - LEFT) / marks[-1]
    line = LEFT + speed.threshold * scale
    y, bottom = top + 30, top + 42
    parts.append(
        f'<rect x="{line:.1f}" y="{top + 18}" width="{RIGHT - line:.1f}" height="24" fill="{TINT["good"]}"/>'
    )
    _axis(parts, marks, top + 18, bottom, "efficiency")
    parts.append(_line(line, top + 14, line, bottom, PALETTE["ink"], 1.5, ' stroke-dasharray="4 2"'))
    parts.append(_text(line, top + 11, f"needed: {speed.threshold:.2f}", "middle", ' font-size="11"'))
    parts.append(_whisker(LEFT + low * scale, LEFT + high * scale, y))
    parts.append(
        f'<circle cx="{LEFT + value * scale:.1f}" cy="{y}" r="4.5" fill="{PALETTE["yours"]}" '
        f'stroke="{PALETTE["paper"]}" stroke-width="1"/>'
    )
    parts.append(_text(LEFT - 6, y + 4, "yours", "end", ' font-weight="600"'))
    parts.append(_text(WIDTH - 2, y + 4, share(value, speed.threshold), "end"))
    return bottom + 18
