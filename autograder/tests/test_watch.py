"""What somebody sees who watches: counts that add up, and lines where there is no terminal."""

from __future__ import annotations

import io

from rich.console import Console

from autograder.class_report import StudentRow
from autograder.watch import Board, Lines, Watch, watching


def grade(watch: Watch, clock: list[float]) -> None:
    """A class of two with three answers, of which one is timed."""
    watch.says("telling the gradebook about 02-pool")
    watch.expect("recording", 2)
    for name in ("ada: double", "ada: hash_all", "ben: double"):
        watch.expect("correctness")
        watch.started("correctness", name)
    for name in ("ada: double", "ada: hash_all"):
        clock[0] += 10
        watch.done("correctness", name)
    watch.expect("speed")
    watch.started("speed", "ada: hash_all")
    watch.stage("speed", "ada: hash_all", "block 3")


def made(kind: type[Board] | type[Lines], clock: list[float], terminal: bool) -> tuple[Watch, io.StringIO]:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None, highlight=False)
    return kind(console, 4.0, lambda: clock[0]), stream


def test_the_board_tells_done_running_waiting_and_the_time_left():
    clock = [0.0]
    board, _ = made(Board, clock, True)
    grade(board, clock)
    shown = io.StringIO()
    Console(file=shown, width=100, color_system=None).print(board.table())
    lines = [" ".join(line.split()) for line in shown.getvalue().splitlines()]
    assert lines[0].startswith("correctness") and lines[0].endswith(
        "2 done 1 running 0 waiting about 10 s left"
    )
    assert lines[1].startswith("speed") and lines[1].endswith("0 done 1 running 0 waiting")
    assert lines[2].startswith("recording") and lines[2].endswith("0 done 0 running 2 waiting")
    assert lines[3:] == ["correctness: ben: double", "speed: ada: hash_all, block 3"]


def test_on_a_narrow_terminal_no_word_is_cut_off():
    clock = [0.0]
    stream = io.StringIO()
    board = Board(Console(file=stream, force_terminal=True, width=60), 4.0, lambda: clock[0])
    grade(board, clock)
    Console(file=stream, width=60, color_system=None).print(board.table())
    assert "…" not in stream.getvalue() and "about 10 s left" in stream.getvalue()


def test_where_there_is_no_terminal_it_is_plain_lines():
    clock = [0.0]
    watch, stream = made(Lines, clock, False)
    with watch:
        grade(watch, clock)
        watch.graded(StudentRow("[bold]ada"))
        watch.graded(StudentRow("ben", problem="pool.ipynb is missing."))
    assert stream.getvalue().splitlines() == [
        "telling the gradebook about 02-pool",
        "correctness: 1 of 3 done, about 20 s left",
        "correctness: 2 of 3 done, about 10 s left",
        "[bold]ada: 0 of 4",
        "ben: not graded: pool.ipynb is missing.",
    ]


def test_a_large_class_writes_a_line_a_tenth_and_not_a_line_an_answer():
    watch, stream = made(Lines, [0.0], False)
    watch.expect("correctness", 1000)
    for number in range(1000):
        watch.started("correctness", str(number))
        watch.done("correctness", str(number))
    assert len(stream.getvalue().splitlines()) == 10


def test_the_board_is_for_terminals():
    assert isinstance(watching(Console(file=io.StringIO(), force_terminal=True), 1.0), Board)
    assert isinstance(watching(Console(file=io.StringIO()), 1.0), Lines)


def test_a_board_writes_each_student_above_itself_and_goes_at_the_end():
    board, stream = made(Board, [0.0], True)
    with board:
        board.graded(StudentRow("ada"))
    assert "ada: 0 of 4" in stream.getvalue()
