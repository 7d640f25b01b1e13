"""What a report says, in sentences: said here once, so that text and HTML cannot disagree."""

from __future__ import annotations

import math
import re

from autograder.findings import Finding, Report, Speed

# CSI, OSC and the other escape sequences of ECMA-48; an unfinished OSC ends at the next control character.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]"
)


ESSENTIAL = "Until this holds, no other check earns points."
KEY = "Bars end at the median; whiskers reach from the fastest to the slowest run."


def clean(text: str, limit: int = 4000) -> str:
    r"""Make text from an untrusted source harmless and honest to show in plain text.

    Colour codes go, a line rewritten with carriage returns keeps its last state, as on a terminal.
    What does not print (controls, bidirectional overrides, lone surrogates, zero-width characters)
    is written as its escape, so that a reader sees that it is there. HTML is *not* escaped here.

    Parameters
    ----------
    text : str
        Any text, for example what a student's code printed.
    limit : int
        Most characters to keep; of a longer text the beginning and the end stay.

    Returns
    -------
    str
        Printable characters, spaces and newlines only.

    Examples
    --------
    >>> clean("\x1b[31mred\x1b[0m, 10 %\r100 %")
    '100 %'
    >>> clean("user\u202etxt.exe\x07")
    'user\\u202etxt.exe\\x07'
    >>> clean("abcdefghij", limit=6)
    'abcd\n... 4 characters left out ...\nij'
    """
    text = shorten(text, 8 * limit)  # Enough to fill the limit even if most of it is colour codes.
    text = _ANSI.sub("", text.replace("\r\n", "\n")).expandtabs(4)
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return shorten(
        "".join(char if char.isprintable() or char == "\n" else _visible(char) for char in text), limit
    )


def clean_line(text: str, limit: int = 200) -> str:
    """Like `clean`, on one line.

    Examples
    --------
    >>> clean_line(" two\\n  lines ")
    'two lines'
    """
    return shorten(" ".join(clean(text, 2 * limit).split()), limit, " ")


def shorten(text: str, limit: int, gap: str = "\n") -> str:
    """Keep the first two thirds and the last third of what is longer than `limit` characters.

    Examples
    --------
    >>> shorten("abcdefghij", 6, " ")
    'abcd ... 4 characters left out ... ij'
    """
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail]}{gap}... {len(text) - limit} characters left out ...{gap}{text[-tail:]}"


def _visible(char: str) -> str:
    return " " if char.isspace() and char > "\x7f" else repr(char)[1:-1]


def message(finding: Finding) -> str:
    r"""What was seen, with each line and the whole cut to a length that can be read.

    Examples
    --------
    >>> message(Finding("order", False, "expected [1, 4]\nbut got \x1b[1m[4, 1]\x1b[0m"))
    'expected [1, 4]\nbut got [4, 1]'
    """
    lines = clean(finding.message, 20_000).strip("\n").split("\n")
    return shorten("\n".join(shorten(line, 400, " ") for line in lines), 4000)


def failures(report: Report) -> list[list[Finding]]:
    """The failed findings in order, those with the same message, hint and weight of word together.

    A function that hangs fails many checks for one reason, which is then said once.
    """
    groups: dict[tuple[str, str, bool], list[Finding]] = {}
    for finding in report.findings:
        if not finding.passed:
            groups.setdefault((finding.message, finding.hint, finding.essential), []).append(finding)
    return list(groups.values())


def number(value: float, digits: int = 2) -> str:
    """A count of points or the like without needless zeros.

    Examples
    --------
    >>> number(3.0), number(2.25), number(0.1 + 0.2)
    ('3', '2.25', '0.3')
    """
    return f"{round(value, digits):g}"


def duration(seconds: float) -> str:
    """A time with three figures and its unit.

    Examples
    --------
    >>> duration(0.6021), duration(12.34), duration(0.00123), duration(0)
    ('0.602 s', '12.3 s', '1.23 ms', '0 s')
    """
    if seconds == 0 or not math.isfinite(seconds):
        return f"{seconds:g} s"
    scaled, unit = (seconds, "s") if abs(seconds) >= 0.01 else (seconds * 1000, "ms")
    decimals = min(3, max(0, 2 - math.floor(math.log10(abs(scaled)))))
    return f"{scaled:.{decimals}f} {unit}"


def share(value: float, threshold: float) -> str:
    """An efficiency with two decimals, or with as many as tell it from the threshold.

    Examples
    --------
    >>> share(0.6213, 0.8), share(0.7996, 0.8), share(0.8, 0.8)
    ('0.62', '0.7996', '0.80')
    """
    for decimals in range(2, 7):
        if f"{value:.{decimals}f}" != f"{threshold:.{decimals}f}":
            return f"{value:.{decimals}f}"
    return f"{value:.2f}"


def points(report: Report) -> str:
    """The mark: "3 of 4 points"."""
    return f"{number(report.points)} of {number(report.max_points)} points"


def shares(report: Report) -> str:
    """The two parts of the mark, apart."""
    parts = f"correctness {number(report.correctness_points)} of {number(report.max_correctness_points)}"
    if report.speed is None:
        left_out = f", speed not tried ({number(report.max_speed_points)} to earn)"
        return parts + left_out if report.max_speed_points else parts
    if report.needs_person:
        return f"{parts}, speed still open ({number(report.max_speed_points)} to earn)"
    return f"{parts}, speed {number(report.speed_points)} of {number(report.max_speed_points)}"


def headline(report: Report) -> str:
    """The whole verdict in one line."""
    failed = sum(not finding.passed for finding in report.findings)
    if not report.findings:
        return "Nothing could be checked."
    if failed:
        return f"Not right yet: {failed} of {count(len(report.findings), 'check')} failed."
    if report.speed is None:
        return "Right."
    return {
        "pass": "Right, and fast enough.",
        "fail": "Right, but not fast enough.",
        "inconclusive": "Right; its speed could not be judged yet.",
        "not-measured": "Right; its speed was not measured.",
    }[report.speed.verdict]


def count(how_many: int, noun: str, plural: str = "") -> str:
    """A number and its noun: "1 check", "2 checks"."""
    return f"{how_many} {noun if how_many == 1 else plural or noun + 's'}"


def speed_verdict(speed: Speed) -> str:
    """The speed verdict in a few words."""
    return {
        "pass": "Speed: passed.",
        "fail": "Speed: not fast enough.",
        "inconclusive": "Speed: neither passed nor failed.",
        "not-measured": "Speed: not measured.",
    }[speed.verdict]


def speed_sentences(report: Report) -> list[str]:
    """Why the speed was judged so and what that means, each item a sentence or two, cleaned."""
    speed = report.speed
    if speed is None:
        return []
    said = [ran(report), efficiency(speed)]
    reason = clean(speed.reason).strip()
    if speed.verdict == "not-measured" and not reason:
        reason = (
            "No time was taken."
            if report.correct
            else "The answer is not right yet, so its speed means nothing."
        )
    if reason and (speed.verdict in ("inconclusive", "not-measured") or not said[1]):
        said.append(reason)
    if speed.verdict == "inconclusive":
        said.append("No speed point is lost: it stays open until it is measured again, or a person decides.")
        if speed.blocks:
            said.append("To try again on your own machine, close other programs first.")
    return [sentence for sentence in said if sentence]


def ran(report: Report) -> str:
    """How fast the answer ran beside what the machine could do, or "" if that is not known."""
    speed = report.speed
    if speed is None or not report.correct:
        return ""
    serial = speed.serial.median if speed.serial else None
    speedup = speed.speedup
    if speedup is None and serial and speed.yours and speed.yours.median:
        speedup = serial / speed.yours.median
    if speedup is None or not math.isfinite(speedup):
        return ""
    if speedup < 0.95:
        said = f"but on this machine it was slower than serial ({speedup:.2f} times as fast)"
    elif speedup < 1.05:
        said = f"but on this machine it took about as long as serial ({speedup:.2f} times as fast)"
    elif speed.verdict == "fail":
        said = f"but on this machine it ran only {speedup:.2f} times as fast as serial"
    else:
        said = f"and on this machine it ran {speedup:.2f} times as fast as serial"
    said = f"Your code was correct, {said}"
    if not (serial and speed.ideal and speed.ideal.median):
        return f"{said}."
    best = serial / speed.ideal.median
    if speedup > best:
        return f"{said}; the ideal split of the same work reached {best:.2f} at that moment."
    return f"{said}; the best this machine could have done at that moment was {best:.2f}."


def efficiency(speed: Speed) -> str:
    """The efficiency with its interval and what was needed, or "" if it was not measured."""
    if speed.efficiency is None or not math.isfinite(speed.efficiency):
        return ""
    said = f"Efficiency {share(speed.efficiency, speed.threshold)}"
    if speed.low is not None and speed.high is not None:
        said += f" (between {share(speed.low, speed.threshold)} and {share(speed.high, speed.threshold)})"
    needed = "earns the speed points" if speed.verdict == "pass" else "is needed"
    return f"{said}, where 1 is the ideal split of the same work and {speed.threshold:.2f} {needed}."


def circumstances(report: Report) -> str:
    """Where and how the report was made: machine, workers, rounds, sandbox, time."""
    parts = [clean_line(report.machine, 300)]
    if report.speed is not None:
        parts.append(count(report.speed.processes, "process", "processes"))
        if report.speed.blocks:
            parts.append(f"{count(report.speed.blocks, 'round')} in {report.speed.seconds:.1f} s")
    parts.append(f"sandbox: {clean_line(report.sandbox)}")
    if report.seconds:
        parts.append(f"judged in {report.seconds:.1f} s")
    return "; ".join(part for part in parts if part) + "."
