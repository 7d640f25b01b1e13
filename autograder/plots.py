"""The pictures of the lectures: one call each, which returns its Axes.

Every picture carries its units, the spread of what was measured, the ideal where there is one, the
machine in its caption, and a description in words for those who do not see it. JupyterLab and
nbconvert drop the alternative text of a PNG output, so a figure made here shows itself as an HTML
image with that text; see `DescribedFigure`.
"""

from __future__ import annotations

import base64
import html
import io
import multiprocessing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from autograder.cpu_use import CpuUse
from autograder.findings import Sample
from autograder.machine import describe, usable_cores
from autograder.render.palette import PALETTE, TINT
from autograder.timeline import Record, by_worker

_WIDTH = 5.6  # inches; narrow, so that the words are still legible on a telephone
_SHOWN, _DRAWN = 100, 200  # pixels an inch; drawn finer than shown, to stay sharp on a dense screen


class DescribedFigure(Figure):
    """A figure that shows itself in a notebook together with its description.

    The description is the `alt` of the HTML image, and the plain text of the output.
    """

    description = ""

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=_DRAWN, facecolor=PALETTE["paper"])
        png = base64.b64encode(buffer.getvalue()).decode("ascii")
        width = round(self.get_figwidth() * _SHOWN)
        image = (
            f'<img alt="{html.escape(self.description)}" width="{width}" '
            f'style="max-width:100%;height:auto;border:0" src="data:image/png;base64,{png}">'
        )
        data = {"text/html": image, "image/png": png, "text/plain": self.description}
        return data, {"image/png": {"alt": self.description}}


def described(ax: Axes, text: str) -> Axes:
    """Give the picture that `ax` belongs to its description, and return `ax`.

    Raises
    ------
    TypeError
        If the figure was not made here, so that the text would be lost.
    """
    figure = ax.figure
    if not isinstance(figure, DescribedFigure):
        raise TypeError(f"only a DescribedFigure can show a description, not a {type(figure).__name__}")
    figure.description = text
    return ax


def pool_picture() -> Axes:
    """Draw the way of one chunk: from your process through a pipe to a worker, and its results back."""
    ax = _axes(2.6, "", caption=False)
    ax.axis("off")
    ax.set(xlim=(-0.1, 10.1), ylim=(-0.2, 10))
    for left, width, name in [(0, 3.6, "your process"), (6.4, 3.6, "a worker")]:
        ax.add_patch(plt.Rectangle((left, 0), width, 9, facecolor=TINT["note"], edgecolor=PALETTE["yours"]))
        ax.text(left + width / 2, 9.3, name, ha="center", va="bottom", weight="bold")
    for x, y, step in [
        (1.8, 8.0, "[a, b, c, d]"),
        (1.8, 6.6, "cut into chunks"),
        (1.8, 5.2, "pickle"),
        (1.8, 3.6, "unpickle"),
        (1.8, 2.2, "put in order"),
        (1.8, 0.8, "[A, B, C, D]"),
        (8.2, 6.6, "unpickle"),
        (8.2, 4.4, "call func"),
        (8.2, 2.2, "pickle"),
    ]:
        ax.text(x, y, step, ha="center", va="center", family="monospace" if "[" in step else None)
    for start, end in [
        ((1.8, 7.6), (1.8, 7.0)),
        ((1.8, 6.2), (1.8, 5.6)),
        ((2.5, 5.2), (7.3, 6.6)),
        ((8.2, 6.2), (8.2, 4.8)),
        ((8.2, 4.0), (8.2, 2.6)),
        ((7.5, 2.2), (2.7, 3.6)),
        ((1.8, 3.2), (1.8, 2.6)),
        ((1.8, 1.8), (1.8, 1.2)),
    ]:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": PALETTE["ink"]})
    ax.text(5, 6.5, "task\npipe", ha="center", va="bottom")
    ax.text(5, 2.3, "result\npipe", ha="center", va="top")
    return described(
        ax,
        "Drawing of two boxes, your process and a worker. In your process the list [a, b, c, d] is cut into "
        "chunks, and a chunk is pickled. It goes through the task pipe to the worker, which unpickles it, "
        "calls func and pickles the results. They come back through the result pipe, are unpickled, and put "
        "in order: [A, B, C, D].",
    )


def gantt(records: Iterable[Record], title: str = "", until: float | None = None) -> Axes:
    """Draw who ran what, when: one row a worker, one bar a task.

    Parameters
    ----------
    records : iterable of Record
        What calls of `autograder.timeline.recorded` functions returned, in any order.
    title : str, optional
        Above the picture.
    until : float, optional
        Right end of the time axis in seconds, so that two pictures can be compared; never cuts a task off.

    Raises
    ------
    ValueError
        If there is no record.
    """
    rows = list(by_worker(records).values())
    if not rows:
        raise ValueError("gantt needs at least one record; was the recorded function ever called?")
    first = min(row[0].start for row in rows)
    makespan = max(record.end for row in rows for record in row) - first
    ax = _axes(0.9 + 0.5 * len(rows), title)
    words = []
    for number, row in enumerate(rows, 1):
        starts = [record.start - first for record in row]
        seconds = [record.seconds for record in row]
        ax.barh(number, makespan, height=0.7, color=TINT["line"], hatch="//", edgecolor="white", linewidth=0)
        ax.barh([number] * len(row), seconds, 0.7, starts, color=PALETTE["yours"], edgecolor="white")
        words.append(f"worker {number} ran {_count(len(row), 'task')} in {sum(seconds):.2f} s of work")
    ax.axvline(makespan, color=PALETTE["ink"], linewidth=1, linestyle=":")
    ax.set_yticks(range(1, len(rows) + 1), [f"worker {number}" for number in range(1, len(rows) + 1)])
    ax.invert_yaxis()
    ax.set_xlim(0, max(until or 0, makespan * 1.02))
    ax.set_xlabel("seconds (solid: working, hatched: waiting)")
    return described(ax, f"Gantt chart. {'; '.join(words)}. The last task ended after {makespan:.2f} s.")


def visits(
    rows: Iterable[tuple[int, float, float, float]], title: str = "", until: float | None = None
) -> Axes:
    """Draw who waited at a lock and who was inside, when: one row a worker, with the most inside at once.

    Parameters
    ----------
    rows : iterable of (int, float, float, float)
        One for each visit, in any order: the worker's process id, and when it asked, entered and left, in
        seconds of `time.perf_counter`.
    title : str, optional
        Above the picture.
    until : float, optional
        Right end of the time axis in seconds, so that two pictures can be compared; never cuts a visit off.

    Raises
    ------
    ValueError
        If there is no visit.
    """
    in_order = sorted(rows, key=lambda row: row[1])
    if not in_order:
        raise ValueError("visits needs at least one visit; did any worker come?")
    first, last = in_order[0][1], max(left for _, _, _, left in in_order)
    # The number inside only grows when one enters, so these moments are enough.
    most = max(sum(row[2] <= entered < row[3] for row in in_order) for _, _, entered, _ in in_order)
    workers = list(dict.fromkeys(worker for worker, *_ in in_order))
    ax = _axes(1.0 + 0.4 * len(workers), title)
    for worker, asked, entered, left in in_order:
        height = workers.index(worker) + 1
        ax.barh(
            height, entered - asked, 0.6, asked - first, color=TINT["line"], hatch="//", edgecolor="white"
        )
        ax.barh(height, left - entered, 0.6, entered - first, color=PALETTE["yours"], edgecolor="white")
    ax.set_yticks(range(1, len(workers) + 1), [f"worker {number}" for number in range(1, len(workers) + 1)])
    ax.invert_yaxis()
    ax.set_xlim(0, max(until or 0, (last - first) * 1.02))
    ax.set_xlabel("seconds (solid: inside, hatched: waiting)")
    waited = sum(entered - asked for _, asked, entered, _ in in_order)
    return described(
        ax,
        f"Timeline of {_count(len(in_order), 'visit')} by {_count(len(workers), 'worker')}. Most inside at "
        f"once: {most}. Together they waited {waited:.2f} s. The last one left after {last - first:.2f} s.",
    )


def cpu_timeline(use: CpuUse, title: str = "", until: float | None = None, cores: int | None = None) -> Axes:
    """Draw how many cores were busy, when: the processes stacked, below the line of all usable cores.

    Parameters
    ----------
    use : CpuUse
        What `autograder.cpu_use.watch_cpu` saw, after its block has ended.
    title : str, optional
        Above the picture.
    until : float, optional
        Right end of the time axis in seconds, so that two pictures can be compared; never cuts anything off.
    cores : int, optional
        Where the ideal line lies; the usable cores unless told.

    Raises
    ------
    ValueError
        If nothing was seen: the block of `watch_cpu` has not ended yet.
    """
    if len(use.times) < 2:
        raise ValueError("nothing was seen yet; draw after the `with watch_cpu()` block has ended")
    limit = cores or usable_cores()
    ax = _axes(2.4, title)
    lower = [0.0] * (len(use.times) - 1)
    words, highest = [], float(limit)
    for number, (name, used) in enumerate(use.by_name().items()):
        words.append(f"{name} {used[-1] / use.seconds:.2f}")
        if used[-1] < 0.005 * use.seconds:  # too thin to be seen: it would only fill the legend
            continue
        upper = [
            low + (used[at + 1] - used[at]) / (use.times[at + 1] - use.times[at])
            for at, low in enumerate(lower)
        ]
        look: dict[str, Any] = {"color": PALETTE["serial" if name == "your process" else "yours"]}
        if number > 1 and number % 2 == 0:  # every second worker hatched, so that grey print tells them apart
            look = {"facecolor": TINT["note"], "edgecolor": PALETTE["yours"], "hatch": "////"}
        if name == "others":
            look = {"color": TINT["line"]}
        bottom, top = [*lower, lower[-1]], [*upper, upper[-1]]
        ax.fill_between(use.times, bottom, top, step="post", linewidth=0.5, label=name, **look)
        lower, highest = upper, max(highest, *upper)
    ax.axhline(limit, color=PALETTE["ideal"], linestyle="--", linewidth=2, label="all usable cores")
    ax.set_xlim(0, max(until or 0, use.seconds))
    ax.set_ylim(0, 1.08 * highest)
    if limit <= 8:
        ax.set_yticks(range(limit + 1))
    ax.set_xlabel("seconds")
    ax.set_ylabel("cores busy")
    _legend_below_title(ax)
    return described(
        ax,
        f"CPU-use timeline over {use.seconds:.2f} s. Cores kept busy on average: {', '.join(words)}; "
        f"together {use.cores:.2f} of {limit}.",
    )


def run_chart(seconds: Sequence[float], shaded: tuple[int, int] | None = None, title: str = "") -> Axes:
    """Draw the times of one piece of code run again and again, in the order of the runs.

    Parameters
    ----------
    seconds : sequence of float
        Run times in seconds.
    shaded : (int, int), optional
        First and last run, counted from 1, of a time that differed; drawn on a tinted ground.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If there is no run.
    """
    sample = Sample.of(list(seconds))
    ax = _axes(2.6, title)
    words = [f"{_count(sample.runs, 'run')}: {_spread(sample)}"]
    if shaded is not None:
        first, last = shaded
        ax.axvspan(first - 0.5, last + 0.5, color=TINT["warn"], label="beside others")
        words.append(
            f"runs {first} to {last} beside others: {_spread(Sample.of(list(seconds[first - 1 : last])))}"
        )
    ax.axhline(sample.median, color=PALETTE["serial"], linewidth=2, label="median")
    ax.plot(range(1, sample.runs + 1), seconds, "o", color=PALETTE["yours"], markersize=4, label="a run")
    ax.set_ylim(0, 1.08 * sample.high)
    ax.set_xlabel("run")
    ax.set_ylabel("seconds")
    _legend_below_title(ax)
    return described(ax, f"Times of single runs in seconds. {'; '.join(words)}.")


def time_bars(seconds: Mapping[str, Sequence[float]], ideal: float | None = None, title: str = "") -> Axes:
    """Draw how long each way of doing the same work took: the median as a bar, every run as a dot.

    Parameters
    ----------
    seconds : mapping of str to sequence of float
        Run times in seconds by the name of the way; one called "serial" is drawn grey.
    ideal : float, optional
        The best time that could be hoped for, in seconds, drawn as a line.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If a way has no run time.
    """
    samples = {name: Sample.of(list(times)) for name, times in seconds.items()}
    ax = _axes(0.9 + 0.5 * len(samples), title)
    for height, (name, times) in enumerate(seconds.items()):
        color = PALETTE["serial" if name == "serial" else "yours"]
        ax.barh(height, samples[name].median, height=0.6, color=color)
        ax.plot(times, [height] * len(times), "o", color=PALETTE["ink"], markersize=4)
    ax.set_yticks(range(len(samples)), list(samples))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.08 * max([sample.high for sample in samples.values()] + [ideal or 0]))
    ax.set_xlabel("seconds (bar: median, dots: each run)")
    words = [f"{name}: {_spread(sample)}" for name, sample in samples.items()]
    if ideal is not None:
        ax.axvline(ideal, color=PALETTE["ideal"], linestyle="--", linewidth=2, label="ideal")
        _legend(ax)
        words.append(f"ideal: {ideal:.3g}")
    return described(ax, f"Bars of run times in seconds. {'; '.join(words)}.")


def time_curve(
    seconds: Mapping[int, Sequence[float]], serial: Sequence[float], setting: str, title: str = ""
) -> Axes:
    """Draw run time against a setting, both on logarithmic axes, beside the time without a pool.

    Parameters
    ----------
    seconds : mapping of int to sequence of float
        Run times in seconds by the value of the setting, such as a chunksize.
    serial : sequence of float
        Run times of the same work without a pool, in seconds.
    setting : str
        Name of the setting, below its axis.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If a value has no run time.
    """
    samples = {value: Sample.of(list(times)) for value, times in sorted(seconds.items())}
    alone = Sample.of(list(serial))
    ax = _axes(2.8, title)
    ax.axhspan(alone.low, alone.high, color=PALETTE["serial"], alpha=0.3, linewidth=0)
    ax.axhline(alone.median, color=PALETTE["serial"], linewidth=2, label="serial")
    _points(ax, samples, "with a pool")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(list(samples), [str(value) for value in samples])
    ax.set_xticks([], minor=True)
    ax.yaxis.set_major_formatter(plt.FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(plt.FuncFormatter(_two_or_five))
    ax.set_xlabel(setting)
    ax.set_ylabel("seconds (median, spread)")
    _legend(ax)
    words = [f"{setting} {value}: {_spread(sample)}" for value, sample in samples.items()]
    return described(ax, f"Curve of run times in seconds. serial: {_spread(alone)}; {'; '.join(words)}.")


def speedup_curve(
    seconds: Mapping[int, Sequence[float]],
    serial: Sequence[float],
    cores: int | None = None,
    title: str = "",
    serial_fraction: float | None = None,
) -> Axes:
    """Draw the speedup over serial against the number of workers, with the ideal line.

    Parameters
    ----------
    seconds : mapping of int to sequence of float
        Run times in seconds by number of workers.
    serial : sequence of float
        Run times without a pool, in seconds; speedups are taken against their median.
    cores : int, optional
        Where the ideal line bends: workers beyond the cores win nothing. The usable cores unless told.
    title : str, optional
        Above the picture.
    serial_fraction : float, optional
        Share of the serial time that cannot be divided, 0 to 1: draws what Amdahl's law then allows.

    Raises
    ------
    ValueError
        If a number of workers has no run time.
    """
    base = Sample.of(list(serial)).median
    samples = {workers: Sample.of([base / time for time in times]) for workers, times in seconds.items()}
    most = max(samples)
    bend = min(cores or usable_cores(), most)
    ax = _axes(2.8, title)
    ax.plot([1, bend, most], [1, bend, bend], "--", color=PALETTE["ideal"], linewidth=2, label="ideal")
    ax.axhline(1, color=PALETTE["serial"], linewidth=2, label="serial")
    words = [f"{_count(workers, 'worker')}: {_spread(speedup)}" for workers, speedup in samples.items()]
    if serial_fraction is not None:
        steps = sorted({*(1 + step * (most - 1) / 40 for step in range(41)), float(bend)})
        allowed = [1 / (serial_fraction + (1 - serial_fraction) / min(workers, bend)) for workers in steps]
        ax.plot(steps, allowed, ":", color=PALETTE["bad"], linewidth=2, label="Amdahl")
        words.append(f"Amdahl's law allows {allowed[-1]:.3g}")
    _points(ax, samples, "measured")
    ax.set_xticks(list(samples))
    ax.set_ylim(0, 1.08 * max(bend, *(speedup.high for speedup in samples.values())))
    ax.set_xlabel("workers")
    ax.set_ylabel("speedup over serial (times)")
    if serial_fraction is None:
        _legend(ax)
    else:
        _legend_below_title(ax)
    return described(ax, f"Curve of speedups. {'; '.join(words)}. The ideal line rises to {bend}.")


def share_curve(
    seconds: Mapping[float, Sequence[float]],
    serial: Sequence[float],
    workers: int,
    title: str = "",
    cores: int | None = None,
) -> Axes:
    """Draw the speedup over serial against the share of the work that is done under one lock.

    The ideal line is the smaller of two bounds: the workers that can run at once, and one over the share,
    since what is done under the lock is done one after the other. Below it stands Amdahl's law, which would
    hold if nobody worked outside while somebody is inside.

    Parameters
    ----------
    seconds : mapping of float to sequence of float
        Run times in seconds by the share under the lock, 0 to 1.
    serial : sequence of float
        Run times of the same work by one worker, in seconds; speedups are taken against their median.
    workers : int
        Workers in each of the runs.
    title : str, optional
        Above the picture.
    cores : int, optional
        Cores that there are for the workers; the usable cores unless told.

    Raises
    ------
    ValueError
        If a share has no run time or does not lie between 0 and 1.
    """
    if wrong := [share for share in seconds if not 0 <= share <= 1]:
        raise ValueError(f"a share of the work lies between 0 and 1, not at {wrong[0]}")
    base = Sample.of(list(serial)).median
    samples = {share: Sample.of([base / time for time in times]) for share, times in sorted(seconds.items())}
    at_once = min(workers, cores or usable_cores())
    steps = sorted({*(step / 50 for step in range(51)), 1 / at_once})
    bound = [min(at_once, 1 / share) if share else at_once for share in steps]
    amdahl = [1 / (share + (1 - share) / at_once) for share in steps]
    ax = _axes(2.8, title)
    ax.plot(steps, bound, "--", color=PALETTE["ideal"], linewidth=2, label="ideal")
    ax.plot(steps, amdahl, ":", color=PALETTE["bad"], linewidth=2, label="Amdahl")
    ax.axhline(1, color=PALETTE["serial"], linewidth=2, label="serial")
    _points(ax, samples, "measured")
    ax.set_xticks(list(samples), [f"{share:.0%}" for share in samples])
    ax.set_ylim(0, 1.08 * max(at_once, *(speedup.high for speedup in samples.values())))
    ax.set_xlabel("share of the work under the lock")
    ax.set_ylabel("speedup over serial (times)")
    _legend_below_title(ax)
    words = [f"{share:.0%} under the lock: {_spread(speedup)}" for share, speedup in samples.items()]
    return described(
        ax,
        f"Curve of speedups with {_count(workers, 'worker')}. {'; '.join(words)}. "
        f"The ideal line is {at_once} as far as {1 / at_once:.0%}, then falls to 1.",
    )


def _axes(height: float, title: str, caption: bool = True) -> Axes:
    """Axes of one figure with the machine in its caption; `height` in inches, the caption not counted."""
    figure, ax = plt.subplots(
        FigureClass=DescribedFigure, figsize=(_WIDTH, height + 0.5), layout="constrained"
    )
    if title:
        ax.set_title(title, loc="left", fontsize=11, color=PALETTE["ink"], pad=10)
    if caption:
        machine = describe(multiprocessing.get_start_method())
        figure.supxlabel(machine, x=0.99, ha="right", fontsize=8.5, color=PALETTE["ink"])
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _points(ax: Axes, samples: Mapping[int, Sample] | Mapping[float, Sample], label: str) -> None:
    medians = [sample.median for sample in samples.values()]
    below = [sample.median - sample.low for sample in samples.values()]
    above = [sample.high - sample.median for sample in samples.values()]
    bars: dict[str, Any] = {"yerr": [below, above], "fmt": "o-", "linewidth": 2, "capsize": 4}
    ax.errorbar(list(samples), medians, color=PALETTE["yours"], label=label, **bars)


def _legend(ax: Axes) -> None:
    """Name the lines above the picture, where they hide nothing."""
    ax.legend(frameon=False, ncols=3, fontsize=9, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)


def _legend_below_title(ax: Axes) -> None:
    """The same in rows of their own, for names that would not fit beside the title."""
    names = ax.get_legend_handles_labels()[1]
    ax.legend(frameon=False, ncols=4, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    rows = -(-len(names) // 4)
    ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=11, color=PALETTE["ink"], pad=10 + 14 * rows)


def _spread(sample: Sample) -> str:
    if sample.runs == 1:
        return f"{sample.median:.3g}"
    return f"{sample.median:.3g} ({sample.low:.3g} to {sample.high:.3g})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _two_or_five(value: float, _: int) -> str:
    """Label of a minor tick on a logarithmic axis: 2 and 5 are enough between two powers of ten."""
    return f"{value:g}" if f"{value:e}"[0] in "25" else ""
