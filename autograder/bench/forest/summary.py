"""What the trainings on file say: a table, a plot, and how each way grows."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.bench.forest.data import Size
from autograder.bench.forest.ways import WAYS
from autograder.plots import DescribedFigure
from autograder.render.palette import PALETTE
from autograder.verdict import Block, Usage, efficiencies

Line = dict[str, Any]
MIB = 2**20
SLIDES = "On the slides: 14 min 50 s alone, 8 min 4 s with a Pool, a ratio of 1.84."


def rounds_of(lines: Sequence[Line], size: Size) -> list[dict[str, Line]]:
    """The lines of one size, a dict from way to line for each round."""
    found: dict[int, dict[str, Line]] = {}
    for line in lines:
        if Size(**line["size"]) == size:
            found.setdefault(line["round"], {})[line["way"]] = line
    return [found[number] for number in sorted(found)]


def sizes_of(lines: Sequence[Line]) -> list[Size]:
    """The sizes on file, the largest first."""
    sizes = {Size(**line["size"]) for line in lines}
    return sorted(sizes, key=lambda size: (size.trees * size.rows * size.features, size.kind), reverse=True)


def summarise(rounds: Sequence[Mapping[str, Line]], size: Size) -> list[dict[str, Any]]:
    """A row for each way: medians over the rounds that have what is compared.

    Returns
    -------
    list of dict
        "way", "rounds", "seconds"; "ratio" (times faster than serial), "of_ideal" (speed as a share of the
        ideal split's, by the clock), "efficiency" (the same by the scheduler's accounting, as in marks),
        "of_n_jobs" (times faster than scikit-learn's n_jobs); "memory_mib" and "grown_mib" (highest of the
        whole tree of processes, and above that before training), "sent_mib". None where a round has not both.
    """
    rows = []
    for name in WAYS:
        mine = [one for one in rounds if name in one]
        if not mine:
            continue
        lines = [one[name] for one in mine]
        rows.append(
            {
                "way": name,
                "rounds": len(mine),
                "seconds": statistics.median(line["wall"] for line in lines),
                "ratio": _against(mine, name, "serial"),
                "of_ideal": _against(mine, name, "ideal"),
                "efficiency": _efficiency(mine, name, size.processes),
                "of_n_jobs": _against(mine, name, "n_jobs"),
                "memory_mib": statistics.median(line["memory"] for line in lines) / MIB,
                "grown_mib": statistics.median(line["memory"] - line["base"] for line in lines) / MIB,
                "sent_mib": statistics.median(line["written"] + _over_network(line) for line in lines) / MIB,
            }
        )
    return rows


def _over_network(line: Line) -> int:
    """Only Dask sends over the network; what others do on this machine meanwhile is not the way's."""
    return int(line["loopback"]) if line["way"] == "dask" else 0


def _against(rounds: Sequence[Mapping[str, Line]], name: str, other: str) -> float | None:
    ratios = [one[other]["wall"] / one[name]["wall"] for one in rounds if other in one]
    return statistics.median(ratios) if ratios else None


def _efficiency(rounds: Sequence[Mapping[str, Line]], name: str, processes: int) -> float | None:
    blocks = [
        Block(yours=_usage(one[name]), ideal=_usage(one["ideal"]))
        for one in rounds
        if "ideal" in one and name != "ideal"
    ]
    return statistics.median(efficiencies(blocks, processes, "scheduler")) if blocks else None


def _usage(line: Line) -> Usage:
    told = line["usage"]
    return Usage(**{**told, "threads": (), "moments": tuple(map(tuple, told["moments"]))})


_HEADS = {
    "seconds": ("seconds", ".1f"),
    "ratio": ("x serial", ".2f"),
    "of_ideal": ("of ideal", ".3f"),
    "efficiency": ("E", ".3f"),
    "of_n_jobs": ("x n_jobs", ".3f"),
    "memory_mib": ("memory, MiB", ",.0f"),
    "grown_mib": ("grown, MiB", ",.0f"),
    "sent_mib": ("sent, MiB", ",.1f"),
}


def as_markdown(rows: Sequence[Mapping[str, Any]], size: Size, machine: str) -> str:
    """The table of one size."""
    heads = " | ".join(head for head, _ in _HEADS.values())
    table = [f"| way | {heads} | rounds |", "|---|" + "---:|" * (len(_HEADS) + 1)]
    for row in rows:
        cells = ("–" if row[name] is None else format(row[name], form) for name, (_, form) in _HEADS.items())
        table.append(f"| {WAYS[row['way']].words} | {' | '.join(cells)} | {row['rounds']} |")
    return "\n".join([f"{size.in_words()}, {size.processes} workers; {machine}.", "", *table, ""])


def draw(
    rows: Sequence[Mapping[str, Any]], rounds: Sequence[Mapping[str, Line]], size: Size, machine: str
) -> DescribedFigure:
    """A bar for each way, how many times faster than serial; a dot for each round; the ideal split a line."""
    shown = [row for row in rows if row["way"] not in ("serial", "ideal") and row["ratio"] is not None]
    shown.sort(key=lambda row: row["ratio"])
    figure = DescribedFigure(figsize=(8, 0.9 + 0.42 * len(shown)), layout="constrained")
    ax = figure.subplots()
    for place, row in enumerate(shown):
        ours = row["way"] in ("processes", "threads")
        ax.barh(place, row["ratio"], color=PALETTE["yours" if ours else "serial"], height=0.62)
        dots = [
            one["serial"]["wall"] / one[row["way"]]["wall"]
            for one in rounds
            if {"serial", row["way"]} <= one.keys()
        ]
        ax.plot(dots, [place] * len(dots), ".", color=PALETTE["ink"], markersize=4)
        ax.annotate(
            f"{row['ratio']:.2f}",
            (0, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=PALETTE["paper"],
            fontsize=9,
        )
    ax.set_yticks(range(len(shown)), [WAYS[row["way"]].words for row in shown])
    ideal = next((row["ratio"] for row in rows if row["way"] == "ideal"), None)
    if ideal is not None:
        ax.axvline(ideal, color=PALETTE["ink"], linestyle="--", linewidth=1)
        ax.annotate(
            "ideal split",
            (ideal, 1),
            (-3, 2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
        )
    ax.set_xlabel("times faster than one thread (dots: rounds)")
    ax.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(f"{size.in_words()}; {machine}", x=0.99, ha="right", fontsize=8.5, color=PALETTE["ink"])
    told = ", ".join(f"{WAYS[row['way']].words} {row['ratio']:.2f}" for row in reversed(shown))
    figure.description = f"How many times faster than one thread: {told}."
    return figure


def growth_as_markdown(lines: Sequence[Line], sizes: Sequence[Size]) -> str:
    """A row for each size of the series: seconds of each way that is in them."""
    names = [name for name in WAYS if any(line["way"] == name for line in lines)]
    heads = " | ".join(WAYS[name].words for name in names)
    table = [
        f"| trees | objects | features | workers | {heads} |",
        "|" + "---:|" * (4 + len(names)),
    ]
    for size in sizes:
        rounds = rounds_of(lines, size)
        rows = {row["way"]: row["seconds"] for row in summarise(rounds, size)}
        cells = " | ".join(f"{rows[name]:.1f}" if name in rows else "–" for name in names)
        table.append(f"| {size.trees} | {size.rows:,} | {size.features:,} | {size.processes} | {cells} |")
    return "\n".join([*table, ""])
