"""From the bench's lines to numbers: how many verdicts were wrong or undecided, and how long they took.

Pure arithmetic on lines; nothing here runs or measures.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograder.bench.loads import CONDITIONS
from autograder.bench.rules import OTHERS
from autograder.bench.verdicts import Line, is_wrong, unpack

OURS = "ours"


def upper_bound(hits: int, tries: int, confidence: float = 0.95) -> float:
    """The largest rate at which so few hits in so many tries are still to be expected (Clopper-Pearson).

    Examples
    --------
    >>> round(upper_bound(0, 1000), 4)
    0.003
    """
    from scipy.stats import beta

    return 1.0 if hits >= tries else float(beta.ppf(confidence, hits + 1, tries - hits))


def summarise(lines: Sequence[Line]) -> dict[str, Any]:
    """All that the table and the plot show, by condition, over all, and by answer.

    Parameters
    ----------
    lines : sequence of dict
        As `autograder.bench.verdicts` writes them; at least one.
    """
    seen = {line["condition"] for line in lines}
    by_condition = {
        name: _part([line for line in lines if line["condition"] == name])
        for name in CONDITIONS
        if name in seen
    }
    labels = sorted({(line["exercise"], line["answer"]) for line in lines})
    return {
        "all": _part(lines),
        "conditions": by_condition,
        "answers": [_answer([line for line in lines if _label(line) == label]) for label in labels],
        "wrong": [
            {name: line[name] for name in ("exercise", "answer", "condition", "trial", "expected", "verdict",
                                           "efficiency", "low", "high", "reason", "at")}
            for line in lines
            if is_wrong(line)
        ],
    }  # fmt: skip


def _part(lines: Sequence[Line]) -> dict[str, Any]:
    wrong = sum(map(is_wrong, lines))
    undecided = sum(line["verdict"] == "inconclusive" for line in lines)
    seconds = sorted(line["seconds"] for line in lines)
    return {
        "verdicts": len(lines),
        "wrong": wrong,
        "wrong_at_most": round(upper_bound(wrong, len(lines)), 5),
        "undecided": undecided,
        "undecided_percent": percent(undecided, len(lines)),
        "seconds_median": round(statistics.median(seconds), 2),
        "seconds_90": round(quantile(seconds, 0.9), 2),
        "blocks_mean": round(statistics.fmean(len(line["blocks"]) for line in lines), 2),
        "watching_percent": _watching(lines),
        "rules": _rules([line for line in lines if line["others"]]),
    }


def _watching(lines: Sequence[Line]) -> float | None:
    """CPU time of the observer over the wall time it watched, in percent of a core."""
    usages = [unpack(usage) for line in lines for block in line["blocks"] for usage in block.values()]
    wall = math.fsum(usage.wall for usage in usages)
    return round(100 * math.fsum(usage.watching for usage in usages) / wall, 2) if wall else None


def _rules(lines: Sequence[Line]) -> dict[str, dict[str, Any]]:
    """How each rule did on the same runs; ours among them."""
    says: dict[str, Callable[[Line], str]] = {OURS: lambda line: line["verdict"]}
    for rule in OTHERS:
        says[rule.name] = lambda line, name=rule.name: line["others"][name]  # type: ignore[misc]
    good = [line for line in lines if line["expected"] == "pass"]
    slow = [line for line in lines if line["expected"] == "fail"]
    return {
        name: {
            "good": len(good),
            "good_failed": sum(said(line) == "fail" for line in good),
            "good_failed_percent": percent(sum(said(line) == "fail" for line in good), len(good)),
            "slow": len(slow),
            "slow_passed": sum(said(line) == "pass" for line in slow),
            "slow_passed_percent": percent(sum(said(line) == "pass" for line in slow), len(slow)),
        }
        for name, said in says.items()
    }


def _label(line: Line) -> tuple[str, str]:
    return line["exercise"], line["answer"]


def _answer(lines: Sequence[Line]) -> dict[str, Any]:
    """One answer over all conditions: how near the threshold it truly is, and what became of it."""
    quiet = [line["efficiency"] for line in lines if line["condition"] == "quiet" and line["efficiency"]]
    return {
        "exercise": lines[0]["exercise"],
        "answer": lines[0]["answer"],
        "expected": lines[0]["expected"],
        "threshold": lines[0]["threshold"],
        "efficiency_quiet": round(statistics.median(quiet), 3) if quiet else None,
        "verdicts": len(lines),
        "wrong": sum(map(is_wrong, lines)),
        "undecided": sum(line["verdict"] == "inconclusive" for line in lines),
        "undecided_in": sorted({line["condition"] for line in lines if line["verdict"] == "inconclusive"}),
        "seconds_median": round(statistics.median(line["seconds"] for line in lines), 2),
    }


def percent(part: int, whole: int) -> float | None:
    """A share in percent; None of nothing.

    Examples
    --------
    >>> percent(1, 8)
    12.5
    """
    return round(100 * part / whole, 2) if whole else None


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the ordered values do not exceed.

    Examples
    --------
    >>> quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)
    9
    """
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def as_markdown(summary: dict[str, Any], machine: str) -> str:
    """The tables, as Markdown."""
    total = summary["all"]
    parts = {CONDITIONS[name].words: part for name, part in summary["conditions"].items()} | {"all": total}
    text = [
        "# The speed verdict on a noisy machine",
        f"{total['verdicts']} real verdicts on {len(summary['answers'])} answers; {machine}.",
        _table(
            ("condition", "verdicts", "wrong", "undecided", "seconds, median", "seconds, 90%"),
            [
                (words, part["verdicts"], part["wrong"], _percent(part["undecided_percent"]),
                 f"{part['seconds_median']:.1f}", f"{part['seconds_90']:.1f}")
                for words, part in parts.items()
            ],
        ),
        f"{total['wrong']} of {total['verdicts']} wrong: with 95% confidence the rate is at most "
        f"{100 * total['wrong_at_most']:.2g}%. Watching the processes cost "
        f"{_percent(total['watching_percent'])} of a core.",
        "## Beside three rules that others use",
        "Good answers failed / slow answers passed, on the same runs. Only exercises that keep cores busy: "
        "where work waits, these rules have no meaning. The rules' bars differ (as efficiencies: ours by "
        "exercise, 0.75, 0.85 and 0.83), so compare each rule with itself when quiet.",
        _table(
            ("condition", "ours", *(rule.words for rule in OTHERS)),
            [
                (words, *(f"{_percent(one['good_failed_percent'])} / {_percent(one['slow_passed_percent'])}"
                          for one in part["rules"].values()))
                for words, part in parts.items()
            ],
        ),
        "## Answers",
        "E: median efficiency on the quiet machine.",
        _table(
            ("answer", "must", "E", "threshold", "verdicts", "wrong", "undecided", "seconds, median"),
            [
                (f"{one['exercise']}/{one['answer']}", one["expected"],
                 "-" if one["efficiency_quiet"] is None else f"{one['efficiency_quiet']:.2f}",
                 f"{one['threshold']:.2f}", one["verdicts"], one["wrong"], one["undecided"],
                 f"{one['seconds_median']:.1f}")
                for one in summary["answers"]
            ],
        ),
    ]  # fmt: skip
    if summary["wrong"]:
        rows = [
            (f"{one['exercise']}/{one['answer']}",
             *(one[name] for name in ("condition", "expected", "verdict", "reason")))
            for one in summary["wrong"]
        ]  # fmt: skip
        text += ["## Wrong verdicts", _table(("answer", "condition", "must", "said", "reason"), rows)]
    return "\n\n".join(text) + "\n"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}%"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = [tuple(head), ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in written)
