"""The command ``autograder bench forest``."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from autograder.bench import record
from autograder.bench.plan import BenchError

RESULTS = Path(__file__).parents[1] / "results" / "forest"
_errors = Console(stderr=True, highlight=False)


def forest(
    rounds: Annotated[int, typer.Option(min=1, help="Trainings of each way on each size.")] = 3,
    scale: Annotated[
        float, typer.Option(min=0.001, max=1, help="Share of the slides' rows, features and trees.")
    ] = 1.0,
    way: Annotated[list[str] | None, typer.Option("--way", help="Only this way; may be repeated.")] = None,
    dense: Annotated[bool, typer.Option("--dense", help="Dense data in place of sparse.")] = False,
    growth: Annotated[
        bool, typer.Option("--growth", help="Series of trees, rows, features and workers instead.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the data, the forests and the order.")] = 1,
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="Start no training after this long; 0 only writes the tables anew."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder of the results; what is on file is not done again.",
            show_default="autograder/bench/results/forest",
        ),
    ] = RESULTS,
) -> None:
    """Train the slides' forest in every way, in turns, and compare time, memory and bytes sent."""
    from autograder.bench.forest.data import Size
    from autograder.bench.forest.plan import DENSE, GROWING, plan, scaled, series
    from autograder.bench.forest.ways import WAYS
    from autograder.machine import usable_cores

    for name in way or []:
        if name not in WAYS:
            raise typer.BadParameter(
                f"there is no way {name!r}. There are: {', '.join(WAYS)}.", param_hint="--way"
            )
    cores = usable_cores()
    full = replace(scaled(DENSE if dense else Size(), scale), processes=max(2, cores))
    sizes = series(full, cores) if growth else [full]
    asked = plan(sizes, way or (GROWING if growth else list(WAYS)), rounds, seed)
    try:
        try:
            _run(asked, seed, minutes, out)
        finally:
            report(out)
    except BenchError as error:
        _errors.print(f"autograder: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(3) from None


def _run(asked: Sequence[Any], seed: int, minutes: float | None, out: Path) -> None:
    """Run what is not on file, each a line on disk before the next begins."""
    from autograder.bench.cli import cpu_model
    from autograder.bench.forest.plan import key_of
    from autograder.bench.forest.run import measure
    from autograder.machine import describe

    path = out / "trainings.jsonl"
    machine = f"{describe()}, {cpu_model()}"
    lines = record.read_lines(path, key_of)
    if others := {line["machine"] for line in lines} - {machine}:
        raise BenchError(
            f"{path} was written on another machine ({'; '.join(sorted(others))}). Move it away, or choose "
            "another folder with --out: trainings are compared on one machine only."
        )
    on_file = set(map(key_of, lines))
    missing = [training for training in asked if training.key not in on_file]
    started = time.monotonic()
    for number, training in enumerate(missing, 1):
        if minutes is not None and time.monotonic() - started >= 60 * minutes:
            return
        line = measure(training.size, training.way, seed)
        kept = {"size": asdict(training.size), "way": training.way, "round": training.round, "seed": seed}
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        record.append(path, {**kept, "machine": machine, "at": at, **line})
        left = (time.monotonic() - started) / number * (len(missing) - number) / 60
        _errors.print(
            f"{len(asked) - len(missing) + number}/{len(asked)} round {training.round + 1}, "
            f"{training.size.in_words()}: {training.way} {line['wall']:.1f} s; about {left:.0f} min left",
            markup=False,
            soft_wrap=True,
        )


def report(out: Path) -> None:
    """Write results.json, table.md and the plots from the lines on file; nothing if there are none."""
    from autograder.bench.cli import versions
    from autograder.bench.forest import summary
    from autograder.bench.forest.plan import key_of
    from autograder.bench.picture import save

    lines = record.read_lines(out / "trainings.jsonl", key_of)
    if not lines:
        _errors.print("No training is on file yet, so there is nothing to show.")
        return
    machine = lines[-1]["machine"]
    told, texts = [], []
    whole = [size for size in summary.sizes_of(lines) if _is_whole(lines, size)]
    for size in whole:
        rounds = summary.rounds_of(lines, size)
        rows = summary.summarise(rounds, size)
        told.append({"size": asdict(size), "rows": rows})
        texts.append(summary.as_markdown(rows, size, machine))
        figure = summary.draw(rows, rounds, size, machine)
        save(figure, f"ways-{size.kind}-{size.rows}", out)
    rest = [size for size in summary.sizes_of(lines) if size not in whole]
    if rest:
        texts.append(summary.growth_as_markdown(lines, rest))
    about = {"machine": machine, "versions": versions(), "slides": summary.SLIDES}
    (out / "results.json").write_text(json.dumps({**about, "sizes": told}, indent=1) + "\n")
    text = "\n".join([*texts, summary.SLIDES, ""])
    (out / "table.md").write_text(text)
    print(text)


def _is_whole(lines: Sequence[dict[str, Any]], size: Any) -> bool:
    """Whether ways were compared on this size that the series leave out."""
    from autograder.bench.forest.data import Size
    from autograder.bench.forest.plan import GROWING

    return any(Size(**line["size"]) == size and line["way"] not in GROWING for line in lines)
