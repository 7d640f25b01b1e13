"""Pictures that compare several ways of doing several jobs.

    speedup_bars(seconds)      for each job, how many times as fast as serial each way was
    time_grid(seconds)         run times over two settings, such as processes x threads

Like the other pictures of the lectures they return their Axes and carry the ideal, the spread, the
machine and a description in words; see `autograder.plots`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from autograder.findings import Sample
from autograder.machine import usable_cores
from autograder.plots import _axes, _spread, described
from autograder.render.palette import PALETTE, TINT

# Told apart in grey too: dark, light with an edge, hatched.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"facecolor": PALETTE["yours"], "edgecolor": PALETTE["yours"]},
    {"facecolor": TINT["note"], "edgecolor": PALETTE["yours"]},
    {"facecolor": TINT["line"], "edgecolor": PALETTE["paper"], "hatch": "////"},
)
_GROUND = LinearSegmentedColormap.from_list("ground", [PALETTE["paper"], TINT["bad"], "#e89a63"])


def speedup_bars(
    seconds: Mapping[str, Mapping[str, Sequence[float]]], cores: int | None = None, title: str = ""
) -> Axes:
    """Draw for each job how many times as fast as serial each way of doing it was.

    Parameters
    ----------
    seconds : mapping of str to mapping of str to sequence of float
        Run times in seconds by job and way. Each job has the way "serial", and up to three others. The
        name of a job may be broken into lines.
    cores : int, optional
        Where the ideal line lies; the usable cores unless told.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If there is no job, or a job lacks serial run times or one of the other ways.
    """
    if not seconds:
        raise ValueError("speedup_bars needs at least one job")
    ways = [way for way in next(iter(seconds.values())) if way != "serial"]
    for job, times in seconds.items():
        missing = [way for way in ["serial", *ways] if not times.get(way)]
        if missing:
            raise ValueError(f"the job {job!r} has no run times for {', '.join(missing)}")
    ideal = cores or usable_cores()
    ax = _axes(0.9 + 0.28 * len(ways) * len(seconds), title)
    height, words, most = 0.8 / len(ways), [], float(ideal)
    for row, (job, times) in enumerate(seconds.items()):
        base = Sample.of(list(times["serial"])).median
        told = []
        for number, way in enumerate(ways):
            speedup = Sample.of([base / time for time in times[way]])
            spread = [[speedup.median - speedup.low], [speedup.high - speedup.median]]
            y = row + (number - (len(ways) - 1) / 2) * height
            ax.barh(
                y,
                speedup.median,
                height * 0.9,
                xerr=spread,
                label=way if row == 0 else None,
                error_kw={"ecolor": PALETTE["ink"], "capsize": 3, "linewidth": 1.2},
                **_LOOKS[number],
            )
            told.append(f"{way} {_spread(speedup)}")
            most = max(most, speedup.high)
        words.append(f"{' '.join(job.split())}: {', '.join(told)}")
    ax.axvline(1, color=PALETTE["serial"], linewidth=2, label="serial")
    ax.axvline(ideal, color=PALETTE["ideal"], linestyle="--", linewidth=2, label="ideal")
    ax.set_yticks(range(len(seconds)), list(seconds))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.08 * most)
    ax.set_xlabel("speedup over serial, times (bar: median, line: spread)")
    # In two columns: beside the long names of jobs there is no room for four.
    rows = -(-(len(ways) + 2) // 2)
    ax.legend(frameon=False, ncols=2, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    ax.set_title(title, loc="left", fontsize=11, color=PALETTE["ink"], pad=10 + 14 * rows)
    return described(ax, f"Bars of speedups over serial. {'; '.join(words)}. The ideal is {ideal}.")


def time_grid(
    seconds: Mapping[tuple[int, int], Sequence[float]],
    settings: tuple[str, str],
    cores: int | None = None,
    title: str = "",
) -> Axes:
    """Draw run times over two settings as a grid: the darker, the slower.

    Parameters
    ----------
    seconds : mapping of (int, int) to sequence of float
        Run times in seconds by the values of the two settings; (1, 1) is the serial run, and each
        value of the one goes with each of the other.
    settings : (str, str)
        Names of the settings: of the rows, then of the columns.
    cores : int, optional
        The ideal is the serial time divided by this; the usable cores unless told.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If a place of the grid has no run time.
    """
    rows, columns = sorted({row for row, _ in seconds}), sorted({column for _, column in seconds})
    wanted = {(1, 1), *((row, column) for row in rows for column in columns)}
    missing = [place for place in sorted(wanted) if not seconds.get(place)]
    if missing:
        raise ValueError(f"the grid has no run times at {', '.join(map(str, missing))}")
    samples = {place: Sample.of(list(times)) for place, times in seconds.items()}
    best = min(samples, key=lambda place: samples[place].median)
    shortest, longest = samples[best].median, max(sample.median for sample in samples.values())
    ideal = samples[1, 1].median / (cores or usable_cores())
    ax = _axes(0.8 + 0.55 * len(rows), title)
    words = []
    for (row, column), sample in sorted(samples.items()):
        x, y = columns.index(column), rows.index(row)
        shade = log(sample.median / shortest) / max(log(longest / shortest), log(2))
        ax.add_patch(
            plt.Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=_GROUND(shade), edgecolor=PALETTE["paper"])
        )
        ax.text(x, y - 0.03, f"{sample.median:.3g} s", ha="center", va="bottom", weight="bold", fontsize=10)
        ax.text(x, y + 0.07, f"{sample.low:.3g} to {sample.high:.3g}", ha="center", va="top", fontsize=8.5)
        words.append(f"{row} x {column}: {_spread(sample)}")
    corner = (columns.index(best[1]) - 0.47, rows.index(best[0]) - 0.47)
    ax.add_patch(plt.Rectangle(corner, 0.94, 0.94, fill=False, edgecolor=PALETTE["ideal"], linewidth=2.5))
    ax.set_xticks(range(len(columns)), [str(column) for column in columns])
    ax.set_yticks(range(len(rows)), [str(row) for row in rows])
    ax.tick_params(length=0)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    ax.spines[:].set_visible(False)
    ax.set_ylabel(settings[0])
    ax.set_xlabel(f"{settings[1]}   (median and spread; framed: fastest; ideal: {ideal:.3g} s)")
    return described(
        ax,
        f"Grid of run times in seconds, {settings[0]} x {settings[1]}. {'; '.join(words)}. "
        f"Fastest: {best[0]} x {best[1]}. Ideal: {ideal:.3g}.",
    )
