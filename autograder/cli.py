"""The ``autograder`` command. Results go to standard output, progress and errors to standard error.

Exit status: 0 when a verdict was reached, right or wrong; 2 for unusable arguments; 3 when it could
not judge (no sandbox, machine too busy, a person must look).
"""

from __future__ import annotations

import errno
import json
import shutil
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from autograder import sandbox
from autograder.bench.cli import app as bench
from autograder.checking import for_terminal
from autograder.course import Course, CourseError, Unit, find_root
from autograder.harness import HarnessError, Settings, judge
from autograder.machine import start_method
from autograder.render import words
from autograder.sandbox import SandboxError
from autograder.submission import MAX_ANSWER_CHARACTERS, needed

UNUSABLE, NOT_JUDGED, INTERRUPTED = 2, 3, 130
# What the place for results can lack; any other error of the system is our fault, and shows its traceback.
_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Judge parallel Python: correctness and measured speedup.",
)
app.add_typer(bench, name="bench")
errors = Console(stderr=True, highlight=False)

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course's folder; by default the one around the current folder."),
]
UnsafeOption = Annotated[
    bool,
    typer.Option(
        "--unsafe-no-sandbox", help="Run other people's code without containment. The report records it."
    ),
]


def main() -> None:
    """Run the command line; known troubles become one message and the exit status of the contract."""
    try:
        start_method()
    except ValueError as error:
        _end(UNUSABLE, error)
    try:
        app()
    except CourseError as error:
        _end(UNUSABLE, error)
    except (SandboxError, HarnessError) as error:
        _end(NOT_JUDGED, error)
    except OSError as error:
        if (trouble := _no_place(error)) is None:
            raise
        _end(NOT_JUDGED, trouble)
    except SystemExit as end:
        if end.code != INTERRUPTED:  # what Typer makes of Ctrl-C, without a word
            raise
        _end(INTERRUPTED, "interrupted, and all it ran was stopped; verdicts already stored are kept.")


def _no_place(error: OSError) -> str | None:
    """What to say when something cannot be written; None if the error says something else."""
    place, why = error.filename, error.strerror
    if isinstance(error, shutil.Error):  # from copying a folder: a list of (from, to, why)
        _, place, why = error.args[0][0]
    elif error.errno not in _NO_PLACE:
        return None
    return (
        f"{place or 'what was found'} cannot be written: {why}. Results go to standard output and into the "
        "course's grading/ folder: free some space there, or make it writable, and run the command again. "
        "Verdicts already stored are kept."
    )


def _end(status: int, message: object) -> NoReturn:
    print(f"autograder: {message}", file=sys.stderr)
    sys.exit(status)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="The exercise, for example parallel_map.")],
    file: Annotated[Path, typer.Option("--file", help="The module to judge, NAME.py.")],
    unit: Annotated[str | None, typer.Option("--unit", help="The unit, where a name is not unique.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    course: CourseOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Judge one module the way grading does."""
    where, exercise = Course(course or _root_for(file)).find(name, unit)
    text = _read_module(file)
    siblings = {other: file.with_name(f"{other}.py") for other in where.exercises if other != name}
    sources = {
        name: text,
        **{other: _read_module(path) for other, path in siblings.items() if path.is_file()},
    }
    settings = Settings(sandbox.choose(unsafe=unsafe))
    with _spinner() as progress:
        report = judge(exercise, where.name, needed(name, sources), settings, progress)
    if as_json:
        print(json.dumps(report.to_json(), indent=2), flush=True)
    else:
        print(for_terminal(report, sys.stdout), flush=True)
    if report.speed and report.needs_person:
        if as_json:  # the contract's object has no place for the reason
            said = [words.speed_verdict(report.speed), *words.speed_sentences(report)]
            print("autograder:", *said, file=sys.stderr)
        raise typer.Exit(NOT_JUDGED)


@app.command()
def grade(
    unit: Annotated[str, typer.Argument(help="The unit, for example 02-pool.")],
    student: Annotated[
        list[str] | None, typer.Option("--student", help="Only this student; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Judge again what has a verdict already.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=0, help="Correctness judged at once; by default one a core. 0: no other process."
        ),
    ] = None,
    feedback: Annotated[
        bool,
        typer.Option(
            "--feedback/--no-feedback",
            help="Run plots and make feedback pages, or record the marks alone, which is quicker.",
        ),
    ] = True,
    course: CourseOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Grade what lies in grading/submitted/ and record it in the gradebook.

    Correctness runs on all cores, speed alone. It can be stopped at any moment: run it again, and it goes on.
    """
    from autograder.grading import grade_unit, stored_rows, write_class_page
    from autograder.watch import summary, watching

    place = Course((course or find_root()).resolve())
    chosen = place.unit(unit)
    settings = Settings(sandbox.choose(unsafe=unsafe))
    started = time.monotonic()
    with watching(errors, most_points(chosen)) as watch:
        rows = grade_unit(place, chosen, settings, student or [], force, watch, workers, feedback)
    seconds = time.monotonic() - started if not student else None
    graded = {row.student: row for row in rows}
    others = stored_rows(place, chosen, settings) if student else rows
    page = write_class_page(place, chosen, [graded.get(row.student, row) for row in others], seconds)
    errors.print(summary(rows, most_points(chosen), time.monotonic() - started), soft_wrap=True)
    errors.print(f"Class report: {page}", soft_wrap=True)
    if any(row.problem or row.needs_person for row in rows):
        raise typer.Exit(NOT_JUDGED)


@app.command()
def report(
    unit: Annotated[str, typer.Argument(help="The unit, for example 02-pool.")],
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Marks by exercise, for a spreadsheet.")
    ] = None,
    canvas: Annotated[
        Path | None, typer.Option("--canvas", metavar="FILE", help="Marks for Canvas: Grades, Import.")
    ] = None,
    moodle: Annotated[
        Path | None, typer.Option("--moodle", metavar="FILE", help="Marks for Moodle: Grades, Import, CSV.")
    ] = None,
    gradescope: Annotated[
        Path | None,
        typer.Option("--gradescope", metavar="FOLDER", help="A STUDENT/results.json each, for Gradescope."),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option("--column", help="The mark's column in Canvas and Moodle; the unit's name unless told."),
    ] = None,
    course: CourseOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Write the class report from the verdicts reached so far, and the marks for other systems.

    Judges nothing. Marks for a spreadsheet, Canvas and Moodle come from the gradebook, with those by hand.
    """
    from autograder.exports import as_canvas, as_csv, as_moodle, write_gradescope
    from autograder.grading import stored_rows, write_class_page

    place = Course((course or find_root()).resolve())
    chosen = place.unit(unit)
    settings = Settings(sandbox.choose(unsafe=unsafe))
    rows = stored_rows(place, chosen, settings)
    page = write_class_page(place, chosen, rows)
    print(page)
    if csv or canvas or moodle:
        from autograder.recording import Recorder

        marks = Recorder(place, chosen, settings).class_marks(row.student for row in rows)
        for path, text in (
            (csv, as_csv(marks)),
            (canvas, as_canvas(marks, column or unit)),
            (moodle, as_moodle(marks, column or unit)),
        ):
            if path is not None:
                path.write_text(text, "utf-8", newline="")
                print(path)
    if gradescope is not None:
        write_gradescope(rows, gradescope)
        print(gradescope)
    if show:
        webbrowser.open(page.as_uri())


@app.command()
def doctor(
    seconds: Annotated[
        float,
        typer.Option("--seconds", min=0, max=600, help="How long to measure the capacity; 0 leaves it out."),
    ] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was seen as one JSON object.")] = False,
) -> None:
    """Say what this machine can and cannot measure, and how much its cores can do now."""
    from autograder.doctor import examine
    from autograder.render.doctor import page

    with _spinner() as progress:
        examination = examine(seconds, progress)
    if as_json:
        print(json.dumps(examination.to_json(), indent=2))
    else:
        Console(highlight=False).print(page(examination))
    if not examination.can_grade:
        raise typer.Exit(NOT_JUDGED)


@app.command()
def demo(
    course: CourseOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Grade a small made class end to end, and say where the pages are."""
    from autograder.demo import UNIT, run_demo
    from autograder.watch import watching

    place = Course((course or find_root()).resolve())

    with watching(errors, most_points(place.unit(UNIT))) as watch:
        made = run_demo(place, Settings(sandbox.choose(unsafe=unsafe)), watch)
    console = Console(highlight=False)
    console.print(made.table())
    console.print(
        f"\nFeedback pages: {made.course.grading / 'feedback'}/STUDENT/{made.unit.name}/", soft_wrap=True
    )
    console.print(f"Class report:   {made.page}", soft_wrap=True)


def most_points(unit: Unit) -> float:
    """Points that a student can earn in a unit's checks."""
    return sum(exercise.max_points for exercise in unit.exercises.values())


def _root_for(file: Path) -> Path:
    """The course around the current folder, or else around the file."""
    try:
        return find_root()
    except CourseError:
        return find_root(file.resolve().parent)


def _read_module(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(4 * MAX_ANSWER_CHARACTERS + 1)  # not more, whatever the path names
        text = "" if len(raw) > 4 * MAX_ANSWER_CHARACTERS else raw.decode("utf-8")
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read: {error.strerror}. Name the module with --file NAME.py."
        ) from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8 text: {error}. Is it a Python module?") from None
    if len(text) > MAX_ANSWER_CHARACTERS or len(raw) > 4 * MAX_ANSWER_CHARACTERS:
        raise CourseError(
            f"{path} is longer than {MAX_ANSWER_CHARACTERS:,} characters; is it a Python module?"
        )
    return text


class _spinner:
    """A line on standard error that tells what is going on; silent where nobody watches."""

    def __enter__(self) -> Callable[[str], None]:
        self._status = errors.status("starting") if errors.is_terminal else None
        if self._status:
            self._status.start()
        return self._tell

    def _tell(self, stage: str) -> None:
        if self._status:
            self._status.update(stage)

    def __exit__(self, *exc_info: Any) -> None:
        if self._status:
            self._status.stop()


if __name__ == "__main__":
    main()
