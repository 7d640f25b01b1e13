"""The public face: eight names, each where it says, and nothing heavy loaded before it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import autograder

NAMES = ["Case", "Check", "Equals", "Exercise", "Raises", "SpeedRule", "Work", "check"]


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after running some code."""
    script = f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_public_names_are_these():
    assert autograder.__all__ == sorted(autograder._HOME) == NAMES
    assert set(NAMES) <= set(dir(autograder))


def test_a_star_import_brings_exactly_the_public_names():
    scope: dict[str, object] = {}
    exec("from autograder import *", scope)
    assert sorted(set(scope) - {"__builtins__"}) == NAMES
    assert all(scope[name] is getattr(autograder, name) for name in NAMES)


def test_every_public_name_is_documented():
    assert all(getattr(autograder, name).__doc__ for name in NAMES)


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="'autograder' has no attribute 'chekc'"):
        autograder.chekc  # noqa: B018


def test_a_python_too_old_is_told_so_with_the_next_step():
    script = "import sys; sys.version_info = (3, 10, 13, 'final', 0); import autograder"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: autograder needs Python 3.11 or newer, and this is ")
    assert "make setup" in last


def test_importing_the_package_loads_none_of_its_modules():
    assert {name for name in loaded_by("import autograder") if name.startswith("autograder")} == {
        "autograder"
    }


@pytest.mark.parametrize("module", ["autograder.runner", "autograder.tasks"])
def test_what_workers_import_is_light(module):
    heavy = {"numpy", "psutil", "IPython", "nbgrader", "rich", "typer", "autograder.harness"}
    assert not heavy & loaded_by(f"import {module}")
