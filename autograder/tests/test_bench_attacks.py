"""The bench of attacks: what is on file, what is tried again, and the command itself on two of them."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from autograder.bench.attack_runs import LINES, RESULTS, digest, is_contained, markdown, on_file, to_try
from autograder.bench.attacks import KINDS, read_attacks

EVERY = [attack for kind in KINDS for attack in read_attacks(kind)]
COMMAND = Path(sysconfig.get_path("scripts"), "autograder")


def made(**here: Any) -> dict[str, Any]:
    """A line as the bench writes one, of an attack that was contained unless `here` says otherwise."""
    contained = {"points": 0.0, "max_points": 2.0, "said": "not | right", "right": True, "wrong": True}
    return {
        "attack": EVERY[0].name,
        "digest": digest(EVERY[0]),
        "tries": "full marks",
        "contained_by": "the harness",
        "deserves": 0.0,
        "stock": {"marks": {"bob": 0.0, "eve": 2.0, "zoe": 2.0}, "words": "2 of 2"},
        "here": {**contained, **here},
    }


# What is on file -------------------------------------------------------------------------------------


def test_every_attack_on_file_was_tried_as_it_now_is() -> None:
    now = {attack.name: digest(attack) for attack in EVERY}
    on_record = {name: line["digest"] for name, line in on_file(RESULTS / LINES).items()}
    changed = [name for name, tried in on_record.items() if now.get(name) != tried]
    assert changed == [], "attacks have changed: run 'autograder bench attacks'"
    assert [name for name in now if name not in on_record] == [], "run 'autograder bench attacks'"


def test_no_attack_earned_more_than_it_deserves_and_both_neighbours_were_marked_as_always() -> None:
    lines = on_file(RESULTS / LINES)
    assert [name for name, line in lines.items() if not is_contained(line)] == []


def test_the_table_is_that_of_the_lines() -> None:
    lines = on_file(RESULTS / LINES)
    results = json.loads((RESULTS / "results.json").read_text())
    in_order = [lines[attack.name] for attack in EVERY if attack.name in lines]
    assert (RESULTS / "table.md").read_text("utf-8") == markdown(in_order, results["machine"])
    assert results["attacks"] == results["contained"] == results["controls_right"] == len(lines)
    assert results["stock_full_marks"] > 0


# What is said, and what is tried again ---------------------------------------------------------------


@pytest.mark.parametrize("change", [{"points": 0.5}, {"right": False}, {"wrong": False}])
def test_points_undeserved_or_a_wronged_neighbour_are_not_contained(change: dict[str, Any]) -> None:
    assert is_contained(made())
    line = made(**change)
    assert not is_contained(line)
    assert "1 attacks, 0 contained" in markdown([line], "a machine")
    if "points" not in change:
        assert "A NEIGHBOUR'S MARK IS WRONG" in markdown([line], "a machine")


def test_what_an_attack_said_stays_in_its_cell() -> None:
    assert "not \\| right" in markdown([made()], "a machine")


def test_an_attack_that_has_changed_is_tried_again() -> None:
    line = made()
    assert to_try(EVERY[:2], {line["attack"]: line}) == EVERY[1:2]
    assert to_try(EVERY[:2], {line["attack"]: {**line, "digest": "another"}}) == EVERY[:2]


@pytest.mark.slow
def test_two_attacks_end_to_end_and_then_nothing_is_left_to_try(tmp_path: Path) -> None:
    command = [str(COMMAND), "bench", "attacks", "--out", str(tmp_path)]
    command += ["--only", "notebook/skip_execution", "--only", "python/lying_eq"]
    first = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert first.returncode == 0, first.stderr
    lines = on_file(tmp_path / LINES)
    assert sorted(lines) == ["notebook/skip_execution", "python/lying_eq"]
    for line in lines.values():
        assert line["stock"]["marks"] == {"bob": 0.0, "eve": 2.0, "zoe": 2.0}
        assert line["here"]["points"] == 0 and is_contained(line)
        assert line["attack"] in (tmp_path / "table.md").read_text().replace("\\", "")
    before = (tmp_path / LINES).read_bytes()
    again = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert again.returncode == 0 and (tmp_path / LINES).read_bytes() == before
    assert "stock nbgrader\n" not in again.stderr
