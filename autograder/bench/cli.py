"""``autograder bench``: verdicts, forest, attacks, checks, mutants, sandbox, throughput, crash.

The table goes to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from autograder.bench.attack_runs import attacks
from autograder.bench.checks import checks
from autograder.bench.crash import crash
from autograder.bench.forest.command import forest
from autograder.bench.mutants import mutants_command
from autograder.bench.sandbox import sandbox as sandbox_command
from autograder.bench.throughput import throughput

app = typer.Typer(no_args_is_help=True, help="Measure how well this grader measures.")

_errors = Console(stderr=True, highlight=False)
RESULTS = Path(__file__).with_name("results") / "verdicts"


@app.callback()
def _bench() -> None:
    """Measure how well this grader measures."""


@app.command()
def verdicts(
    trials: Annotated[int, typer.Option(min=1, help="Verdicts on each answer under each condition.")] = 3,
    condition: Annotated[
        list[str] | None,
        typer.Option(
            "--condition", help="quiet, one-busy, all-busy, bursts, memory or disk; may be repeated."
        ),
    ] = None,
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", help="Only this exercise; may be repeated.")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help="Only answers of this name; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the order, the inputs and the bursts.")] = 1,
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="Start no verdict after this long; 0 only writes the tables anew."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder of the results; what is on file is not done again.",
            show_default="autograder/bench/results/verdicts",
        ),
    ] = RESULTS,
    course: Annotated[
        Path | None, typer.Option(help="The course's folder; by default the one around the current folder.")
    ] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run the answers without containment.")
    ] = False,
) -> None:
    """Judge the speed of every timed answer of the corpus, quiet and under load, and count wrong verdicts."""
    from autograder import sandbox
    from autograder.bench.loads import CONDITIONS
    from autograder.bench.plan import BenchError, chosen, plan, read_corpus
    from autograder.bench.verdicts import Bench
    from autograder.calls import Settings
    from autograder.course import Course, find_root

    for name in condition or []:
        if name not in CONDITIONS:
            raise typer.BadParameter(
                f"there is no condition {name!r}. There are: {', '.join(CONDITIONS)}.",
                param_hint="--condition",
            )
    corpus = read_corpus()
    try:
        asked = plan(
            chosen(corpus, exercise or [], answer or []), condition or list(CONDITIONS), trials, seed
        )
    except BenchError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        bench = Bench(Course(course or find_root()), corpus, Settings(sandbox.choose(unsafe=unsafe)), out)
        aside = bench.set_aside()
        if aside:
            _errors.print(
                f"{aside} verdicts of other code, or of another machine, were moved to "
                f"{out / 'set-aside.jsonl'}; they are reached anew."
            )
        try:
            _run(bench, asked, seed, minutes)
        finally:
            report(bench.lines(), out)
    except BenchError as error:
        _errors.print(f"autograder: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(3) from None


def _run(bench: Any, asked: list[Any], seed: int, minutes: float | None) -> None:
    """Run with a progress bar where somebody watches, and with a line a verdict where nobody does."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(), MofNCompleteColumn(), BarColumn(bar_width=20),
        TextColumn("wrong {task.fields[wrong]}  undecided {task.fields[undecided]}  {task.fields[left]}"),
        TextColumn("[dim]{task.description}"),
    )  # fmt: skip
    watched = _errors.is_terminal
    with Progress(*columns, console=_errors, transient=True, disable=not watched) as progress:
        task = progress.add_task("starting", total=len(asked), wrong=0, undecided=0, left="")

        def stage(told: str) -> None:
            progress.update(task, description=told)

        for told in bench.run(asked, seed, minutes, stage):
            left = f"about {told.seconds_left / 60:.0f} min left"
            counts = {"wrong": told.wrong, "undecided": told.undecided, "left": left}
            progress.update(task, completed=told.done, total=told.planned, **counts)
            line = told.line
            if not watched or line.get("verdict") != line["expected"]:
                _errors.print(
                    f"{told.done}/{told.planned} {_in_words(line)}; wrong {told.wrong}, "
                    f"undecided {told.undecided}, {left}",
                    markup=False,
                    soft_wrap=True,
                )


def _in_words(line: dict[str, Any]) -> str:
    what = f"{line['condition']} {line['exercise']}/{line['answer']} (must {line['expected']}):"
    if line.get("verdict") in (None, "not-measured"):
        return f"{what} not judged: {line['reason']}"
    seen = "" if line["efficiency"] is None else f" E {line['efficiency']:.2f}"
    return f"{what} {line['verdict']}{seen} in {line['seconds']:.1f} s, {len(line['blocks'])} blocks"


def report(lines: list[dict[str, Any]], out: Path) -> None:
    """Write results.json, table.md and the plot from the lines on file; nothing if there are none."""
    from autograder.bench import curve, picture, summary
    from autograder.machine import describe

    if not lines:
        _errors.print("No verdict is on file yet, so there is nothing to show.")
        return
    numbers = summary.summarise(lines)
    machine = f"{describe()}, {cpu_model()}"
    first, last = min(line["at"] for line in lines), max(line["at"] for line in lines)
    about = {
        "machine": machine,
        "versions": versions(),
        "written": date.today().isoformat(),
        "first_verdict": first,
        "last_verdict": last,
    }
    made = curve.curves(lines)
    (out / "results.json").write_text(json.dumps({**about, **numbers, "made": made}, indent=1) + "\n")
    (out / "table.md").write_text(f"{summary.as_markdown(numbers, machine)}\n{curve.as_markdown(made)}")
    picture.save(picture.draw(lines, numbers, machine), "plot", out)
    picture.save(curve.draw(made, machine), "curve", out)
    Console(highlight=False).print(conditions_table(numbers))
    _errors.print(f"Results: {out}", soft_wrap=True)


def conditions_table(numbers: dict[str, Any]) -> Any:
    """The table of conditions, for a terminal."""
    from rich.table import Table

    from autograder.bench.loads import CONDITIONS

    table = Table(title=f"{numbers['all']['verdicts']} speed verdicts", title_justify="left")
    for head in ("condition", "verdicts", "wrong", "undecided", "median s", "90% s"):
        table.add_column(head, justify="left" if head == "condition" else "right")
    for name, part in [*numbers["conditions"].items(), ("all", numbers["all"])]:
        words = CONDITIONS[name].words if name in CONDITIONS else name
        table.add_row(
            words, str(part["verdicts"]), str(part["wrong"]), f"{part['undecided_percent']:.3g}%",
            f"{part['seconds_median']:.1f}", f"{part['seconds_90']:.1f}",
            style="bold red" if part["wrong"] else "",
        )  # fmt: skip
    return table


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name as the system tells it."""
    import platform

    try:
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text().splitlines()
            if "model name" in line
        ]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or "unknown processor"


def versions() -> dict[str, str]:
    """Versions of what the answers and the loads use."""
    import platform
    from importlib.metadata import version

    return {
        "kernel": platform.release(),
        **{name: version(name) for name in ("autograder", "joblib", "numpy", "scikit-learn")},
    }


app.command()(attacks)
app.command()(checks)
app.command()(forest)
app.command("mutants")(mutants_command)
app.command("sandbox")(sandbox_command)
app.command()(throughput)
app.command()(crash)
