"""The course marks itself: solutions earn everything under every start method, untouched releases nothing."""

from __future__ import annotations

import multiprocessing

import pytest

from autograder.course import Course, find_root
from autograder.harness import Settings, judge
from autograder.sandbox import choose
from autograder.submission import needed, read_notebook, sources_of

COURSE = Course(find_root())
EXERCISES = [(unit, name) for unit in COURSE.unit_names() for name in COURSE.unit(unit).exercises]
MOST_TRIES = 3  # a machine that is busy for one verdict is rarely busy for three


def answers(folder, unit):
    found = {}
    for path in sorted((folder / unit).glob("*.ipynb")):
        found.update(sources_of(read_notebook(path), COURSE.unit(unit).exercises))
    return found


def dealt():
    """Each exercise under each start method; one method an exercise, in turn, is enough for `make test`."""
    methods = multiprocessing.get_all_start_methods()
    for place, (unit, name) in enumerate(EXERCISES):
        for turn, method in enumerate(methods):
            marks = [] if turn == place % len(methods) else [pytest.mark.slow]
            yield pytest.param(unit, name, method, id=f"{unit}-{name}-{method}", marks=marks)


@pytest.mark.timing
@pytest.mark.parametrize(("unit", "name", "method"), list(dealt()))
def test_every_solution_earns_full_marks(unit, name, method):
    exercise = COURSE.unit(unit).exercise(name)
    sources = needed(name, answers(COURSE.source, unit))
    for _ in range(MOST_TRIES):
        report = judge(exercise, unit, sources, Settings(choose(), start_method=method))
        if not report.needs_person:
            break
    assert report.correct, [finding for finding in report.findings if not finding.passed]
    assert report.points == report.max_points == exercise.max_points, report.speed


@pytest.mark.parametrize(("unit", "name"), EXERCISES)
def test_every_untouched_release_earns_nothing(unit, name):
    exercise = COURSE.unit(unit).exercise(name)
    sources = needed(name, answers(COURSE.release, unit))
    assert name in sources
    report = judge(exercise, unit, sources, Settings(choose()))
    assert (report.points, report.correct) == (0.0, False)
    said = " ".join(finding.message for finding in report.findings)
    assert "written" in said or "filled in" in said
