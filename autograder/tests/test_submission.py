"""Whatever lies in a submission: answers come out, or one SubmissionError; nothing else, and soon."""

from __future__ import annotations

import copy
import json
import os
import random
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.submission import (
    MAX_ANSWER_CHARACTERS,
    MAX_CELLS,
    MAX_NOTEBOOK_BYTES,
    SubmissionError,
    module_text,
    needed,
    read_notebook,
    solution_cells,
    sources_of,
)

RELEASE = Path(__file__).resolve().parents[2] / "exercises" / "02-pool" / "pool.ipynb"
NAMES = ["parallel_map", "balanced_map", "apply_model", "first_match"]


def cell(
    grade_id: Any = "double", source: Any = "%%writefile double.py\nx = 1\n", **marks: Any
) -> dict[str, Any]:
    nbgrader = {"grade_id": grade_id, "solution": True, "grade": False, **marks}
    return {"cell_type": "code", "metadata": {"nbgrader": nbgrader}, "source": source, "outputs": []}


def answers(*cells: Any, names: tuple[str, ...] = ("double",)) -> dict[str, str]:
    return sources_of({"cells": list(cells)}, names)


@pytest.fixture
def read(tmp_path: Path):
    """Return a function that reads a notebook file of the given bytes, or of anything else as JSON."""

    def read(content: object) -> dict[str, Any]:
        path = tmp_path / "pool.ipynb"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_notebook(path)

    return read


# Reading ---------------------------------------------------------------------------------------------


def test_the_release_holds_the_four_answers_without_their_magic_line():
    sources = sources_of(read_notebook(RELEASE), NAMES)
    assert list(sources) == NAMES
    for name, text in sources.items():
        compile(text, name, "exec")
        assert f"def {name}(" in text and "%%" not in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a notebook: JSONDecodeError"),
        (b"not json at all", "is not a notebook: JSONDecodeError"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "is not a notebook: UnicodeDecodeError"),
        ('{"cells": []'.encode("utf-16"), "is not a notebook: UnicodeDecodeError"),
        (RELEASE.read_bytes()[:-200], "is not a notebook: JSONDecodeError"),
        (b"[" * 1_000_000, "is not a notebook: RecursionError"),
        (b'{"cells": [' * 200_000, "is not a notebook: RecursionError"),
        (b'{"cells": [], "n": ' + b"9" * 10_000 + b"}", "is not a notebook: ValueError"),
        (b"null", "it holds no list of cells"),
        (b"[]", "it holds no list of cells"),
        (b'"cells"', "it holds no list of cells"),
        (b"{}", "it holds no list of cells"),
        (b'{"cells": null}', "it holds no list of cells"),
        (b'{"cells": {"0": {}}}', "it holds no list of cells"),
        (b'{"worksheets": [{"cells": []}], "nbformat": 3}', "it holds no list of cells"),
        (json.dumps({"cells": [{}] * 100_000}).encode(), "it holds 100,000 cells, more than 5,000"),
    ],
    ids=range(16),
)
def test_what_is_no_notebook_is_one_clear_error(read, content, said):
    with pytest.raises(SubmissionError) as told:
        read(content)
    assert said in str(told.value) and str(told.value).startswith("pool.ipynb ")


def test_a_broken_notebook_is_told_what_to_do_about_it(read):
    with pytest.raises(SubmissionError, match=r"Open it in JupyterLab, save it and submit again\.$"):
        read(b"{")


def test_the_limits_themselves_are_still_read(read):
    assert len(read({"cells": [{}] * MAX_CELLS})["cells"]) == MAX_CELLS
    text = json.dumps({"cells": []}).encode()
    assert read(text + b" " * (MAX_NOTEBOOK_BYTES - len(text))) == {"cells": []}


def test_a_notebook_that_is_too_big_is_not_even_opened(tmp_path):
    path = tmp_path / "pool.ipynb"
    path.touch()
    os.truncate(path, 100 << 30)  # a hole: reading it would take minutes and all memory
    with pytest.raises(SubmissionError, match=r"has 102400 MiB; at most 20 are read.*Clear All Outputs"):
        read_notebook(path)


def test_a_missing_notebook_a_link_a_folder_and_a_pipe_are_missing(tmp_path):
    (tmp_path / "real.ipynb").write_text('{"cells": []}')
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    (tmp_path / "dangling.ipynb").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name in ("none", "link", "dangling", "folder", "pipe"):
        with pytest.raises(SubmissionError, match=f"{name}.ipynb is missing from the submission"):
            read_notebook(tmp_path / f"{name}.ipynb")
    with pytest.raises(SubmissionError, match="missing"):
        read_notebook(tmp_path / "real.ipynb" / "below.ipynb")


def test_a_notebook_that_the_system_refuses_to_open_is_a_submission_error_too(tmp_path, monkeypatch):
    with pytest.raises(SubmissionError, match="cannot be read: File name too long"):
        read_notebook(tmp_path / ("x" * 300 + ".ipynb"))
    (tmp_path / "pool.ipynb").write_text('{"cells": []}')
    # Root, who runs the tests in a container, may read all.
    monkeypatch.setattr("autograder.submission.open_plain", refuse)
    with pytest.raises(SubmissionError, match=r"pool\.ipynb cannot be read: Permission denied"):
        read_notebook(tmp_path / "pool.ipynb")


def refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


# Solution cells --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "%%writefile double.py\nx = 1\n",
        ["%%writefile double.py\n", "x = 1\n"],
        ["%%wri", "tefile double.py\nx =", " 1\n"],
        "\n\n%%writefile double.py\nx = 1\n",
        "  \r\n\t\n%%writefile double.py\nx = 1\n",
        "x = 1\n",
        "%%writefile other.py\nx = 1\n",
        "%%writefile   sub/folder/double.py\nx = 1\n",
    ],
)
def test_the_answer_is_the_cell_without_its_magic_line_whatever_that_names(source):
    assert answers(cell(source=source)) == {"double": "x = 1\n"}


@pytest.mark.parametrize("source", ["", [], "%%writefile double.py", "%%writefile double.py\n", "\n \n"])
def test_a_cell_with_nothing_in_it_is_an_empty_answer(source):
    assert answers(cell(source=source))["double"].strip() == ""


def test_only_the_first_line_can_be_magic():
    text = "x = 1\n%%writefile double.py\n"
    assert module_text(text) == text
    assert module_text("    x = 1\n") == "    x = 1\n"


def test_of_several_cells_with_one_grade_id_the_last_counts():
    first, last = cell(source="x = 1"), cell(source="x = 2")
    assert answers(first, last) == {"double": "x = 2"}
    assert answers(first, last, cell(source=7)) == {"double": "x = 2"}, "but one that holds no text does not"


def test_only_solution_cells_count_and_only_by_their_names():
    assert (
        answers(cell(grade_id="check-double"), cell(solution=False), cell(solution="true"), cell(solution=1))
        == {}
    )
    assert answers(cell("other"), cell("double"), names=("double", "missing")) == {"double": "x = 1\n"}


def test_outputs_tags_and_other_metadata_count_for_nothing():
    loaded = cell()
    loaded |= {"outputs": [{"text": "x = 2"}], "execution_count": -1, "id": ["?"]}
    loaded["metadata"] |= {"tags": ["autograder:full"], "collapsed": "?"}
    assert answers(loaded) == {"double": "x = 1\n"}


def test_stripped_metadata_loses_the_answer_but_not_the_notebook():
    notebook = read_notebook(RELEASE)
    for one in notebook["cells"]:
        one["metadata"] = {}
    assert sources_of(notebook, NAMES) == {}


WRONG = [
    None,
    True,
    0,
    -1.5,
    "text",
    [],
    ["text"],
    [[]],
    {},
    {"nbgrader": None},
    {"grade_id": "double"},
    10**400,
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_metadata_of_a_wrong_type_is_no_answer_and_no_error(wrong):
    good = cell("good", "y = 1")
    shaped = [
        wrong,
        {**cell(), "metadata": wrong},
        {**cell(), "metadata": {"nbgrader": wrong}},
        cell(grade_id=wrong),
        cell(solution=wrong if wrong is not True else 1),
        cell(source={"text": wrong}),
        cell(source=[wrong, 3]),
        {"metadata": cell()["metadata"] | {"nbgrader": [wrong]}},
    ]
    for one in shaped:
        found = sources_of({"cells": [good, one, good]}, ["good", "double"])
        assert found["good"] == "y = 1"
        assert found.keys() == {"good"}, one


def test_a_very_long_answer_is_cut_and_a_strange_one_is_kept():
    assert len(answers(cell(source="x" * (MAX_ANSWER_CHARACTERS + 5)))["double"]) == MAX_ANSWER_CHARACTERS
    strange = "s = '\ud800 \u202e \0 \U0001f600'"
    assert answers(json.loads(json.dumps(cell(source=strange)))) == {"double": strange}


def test_a_notebook_saved_by_nbformat_is_read_as_it_was(tmp_path):
    notebook = nbformat.v4.new_notebook()
    notebook.cells.append(nbformat.v4.new_code_cell("%%writefile double.py\nx = 1\ny = 2"))
    notebook.cells[0].metadata["nbgrader"] = {"grade_id": "double", "solution": True}
    nbformat.write(notebook, tmp_path / "pool.ipynb")
    assert sources_of(read_notebook(tmp_path / "pool.ipynb"), ["double"]) == {"double": "x = 1\ny = 2"}


# Answers that use each other -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("from a import a", {"a"}),
        ("import a, b", {"a", "b"}),
        ("import os; import a as b_", {"a"}),
        ("def f():\n    from a import (\n        a,\n    )", {"a"}),
        ("import importlib\nimportlib.import_module('a')", {"a"}),
        ("import \\\n    a", {"a"}),
        ("import aa, ab\nfrom b_a import x", set()),
        ("", set()),
    ],
)
def test_an_answer_needs_those_it_may_import(text, uses):
    assert set(needed("me", {"me": text, "a": "", "b": "", "c": ""})) == {"me", *uses}


def test_need_is_passed_on_and_may_go_round_in_circles():
    sources = {"a": "import b", "b": "import c", "c": "import a", "d": "import a"}
    assert set(needed("a", sources)) == {"a", "b", "c"}
    assert set(needed("d", sources)) == {"a", "b", "c", "d"}
    assert needed("missing", sources) == {}


@pytest.mark.parametrize(
    "text", ["\n" * MAX_ANSWER_CHARACTERS, " " * MAX_ANSWER_CHARACTERS, "import " * 28_000]
)
@pytest.mark.timeout(20)
def test_no_text_makes_the_search_slow(text):
    assert set(needed("a", {"a": text, "b": ""})) == {"a"}
    assert module_text(text) in (text, "")


# Fuzz ------------------------------------------------------------------------------------------------

JUNK = [
    None,
    True,
    False,
    0,
    2**80,
    -1.5,
    "",
    "cells",
    "\ud800",
    "%%writefile x.py\n",
    [],
    [[]],
    {},
    {"$": 1},
    "x" * 5000,
]


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) of a JSON tree."""
    found, waiting = [], [tree]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else []
        found += [(one, key) for key in keys]
        waiting += [one[key] for key in keys]
    return found


def mutated(text: str, rng: random.Random) -> Any:
    """A JSON text as a tree, with up to four places replaced, removed, doubled, renamed or swapped."""
    tree = json.loads(text)
    everywhere = places(tree)
    for container, key in rng.sample(everywhere, rng.randrange(1, 5)):
        other, other_key = rng.choice(everywhere)
        act = rng.randrange(5)
        try:
            if act == 0:
                container[key] = copy.deepcopy(rng.choice(JUNK))
            elif act == 1:
                del container[key]
            elif act == 2 and isinstance(container, list):
                container += copy.deepcopy(container)
            elif act == 3 and isinstance(container, dict):
                name = rng.choice(["cells", "metadata", "nbgrader", "source", "solution", "x"])
                container[name] = container.pop(key)
            else:
                container[key] = copy.deepcopy(other[other_key])
        except (KeyError, IndexError):
            continue  # an earlier change has taken the place away
    return rng.choice(JUNK) if rng.random() < 0.03 else tree


def test_no_mutated_tree_raises_anything_but_a_submission_error(read):
    rng = random.Random(20)
    original = RELEASE.read_text()
    outcomes = {"read": 0, "refused": 0}
    for _ in range(1500):
        try:
            notebook = read(mutated(original, rng))
        except SubmissionError:
            outcomes["refused"] += 1
            continue
        outcomes["read"] += 1
        sources = sources_of(notebook, NAMES)
        assert set(sources) <= set(NAMES)
        assert all(type(text) is str and len(text) <= MAX_ANSWER_CHARACTERS for text in sources.values())
        assert all(set(needed(name, sources)) <= set(sources) for name in NAMES)
        assert set(sources) <= set(solution_cells(notebook))
    assert outcomes["read"] > 700 and outcomes["refused"] > 5, outcomes


def test_no_mutated_bytes_raise_anything_but_a_submission_error(read):
    rng = random.Random(21)
    original = RELEASE.read_bytes()
    refused = 0
    for _ in range(1500):
        content = bytearray(original)
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(content))
            act = rng.randrange(4)
            if act == 0:
                content[place] = rng.randrange(256)
            elif act == 1:
                del content[place : place + rng.randrange(1, 200)]
            elif act == 2:
                content[place:place] = rng.choice(
                    [b'"', b"}", b"]", b",", b"\0", b"\xff", b"NaN", b"[" * 3000]
                )
            else:
                content = content[: place + 1]
        try:
            sources_of(read(bytes(content)), NAMES)
        except SubmissionError:
            refused += 1
    assert refused > 500
