"""Mutants: what is changed, what kills them, and that every survivor on file is explained."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autograder.bench.mutants import (
    LINES,
    RESULTS,
    as_markdown,
    explanations,
    mutants,
    on_file,
    run,
    solutions,
    verdict_on,
)
from autograder.course import Course, find_root

SOURCE = '''"""A module."""


def first(items, limit):
    """Say which is first."""
    if limit < 1:
        raise ValueError("limit")
    for item in items:
        if item > limit and not item == 7:
            return item
    items.clear()
'''


def changes(text):
    return {mutant.change for mutant in mutants(text)}


@pytest.mark.parametrize(
    "changed",
    [
        "-    if limit < 1:\n+    if limit <= 1:",
        "-    if limit < 1:\n+    if limit < 2:",
        "-    for item in items:\n+    for item in []:",
        "-        if item > limit and not item == 7:\n+        if item > limit or not item == 7:",
        '-        raise ValueError("limit")\n+        pass',
        "-            return item\n+            pass",
        "-    items.clear()\n+    pass",
    ],
)
def test_conditions_numbers_loops_and_whole_statements_are_changed(changed):
    assert changed in changes(SOURCE)


def test_each_mutant_is_another_module_that_can_be_read():
    made = mutants(SOURCE)
    assert len({mutant.text for mutant in made} | {SOURCE}) == len(made) + 1
    for mutant in made:
        compile(mutant.text, "mutant", "exec")


def test_words_for_readers_are_left_alone():
    assert not [change for change in changes(SOURCE) if "Say which" in change or "A module" in change]


def report(*failed, speed=None):
    findings = [SimpleNamespace(name=name, passed=False) for name in failed]
    found = [*findings, SimpleNamespace(name="it runs", passed=True)]
    return SimpleNamespace(findings=found, speed=speed and SimpleNamespace(verdict=speed))


@pytest.mark.parametrize(
    ("judged", "killed_by"),
    [
        (report("order", "values"), "order, values"),
        (report(speed="fail"), "speed"),
        (report(speed="inconclusive"), ""),
        (report(), ""),
    ],
)
def test_findings_kill_a_mutant_and_so_does_a_speed_that_fails(judged, killed_by):
    assert verdict_on(judged) == killed_by


def test_what_is_on_file_is_not_judged_again_and_what_is_gone_goes(tmp_path):
    course, asked = Course(find_root()), []

    def judged(unit, name, modules):
        asked.append(name)
        return report("values")

    run(course, ["karp_flatt"], judged, tmp_path, print)
    assert set(asked) == {"karp_flatt"}
    number = len(asked)
    text = (tmp_path / LINES).read_text()
    (tmp_path / LINES).write_text(text.replace('"change":"', '"change":"+ gone ', 1))
    run(course, ["karp_flatt"], judged, tmp_path, print)
    assert len(asked) == number + 1 and len(on_file(tmp_path)) == number


def test_the_table_counts_and_tells_why_a_survivor_survives():
    lines = [
        {"unit": "00-why", "exercise": "f", "change": "-a\n+b", "killed_by": killed}
        for killed in ("values", "speed", "")
    ]
    table = as_markdown(lines, {("f", "-a\n+b"): "It is the same."})
    assert "| 00-why f | 3 | 1 | 1 | 1 |" in table and "**f**: It is the same." in table
    assert "not explained yet" in as_markdown(lines, {})


def test_every_survivor_on_file_is_explained_and_nothing_else_is():
    survivors = {key for key, line in on_file(RESULTS).items() if not line["killed_by"]}
    assert survivors == set(explanations(RESULTS))


def test_the_mutants_on_file_are_those_of_the_solutions_as_they_are():
    """A line of an old solution says nothing."""
    course, now = Course(find_root()), set()
    on_record = set(on_file(RESULTS))
    exercises = {name for name, _ in on_record}
    for unit in map(course.unit, course.unit_names()):
        for name, text in solutions(course, unit).items():
            now |= {(name, mutant.change) for mutant in mutants(text) if name in exercises}
    assert on_record == now, "run 'autograder bench mutants'"
