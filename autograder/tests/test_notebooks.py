"""Text, notebook and release agree; no answer reaches a student: in a small course, and in the real one."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbgrader import utils

from autograder.course import find_root
from autograder.notebooks import NotebookError, build, leaks, main, notebook_bytes, verify

ROOT = find_root(Path(__file__).parent)
METHODS = multiprocessing.get_all_start_methods()

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

"""

UNIT = (
    HEADER
    + """\
# Halves

Halve a number.

```{code-cell} ipython3
print("an example")
```

```{code-cell} ipython3
:nbgrader: {grade_id: half}

%%writefile half.py
def half(number):
    \"\"\"Return half of a number.\"\"\"
    ### BEGIN SOLUTION
    secret_of_halving = 2
    return number / secret_of_halving
    ### END SOLUTION
```

```{code-cell} ipython3
:nbgrader: {grade_id: check-half, points: 3}

from autograder import check

check("half")
```

## Why?

+++ {"nbgrader": {"grade_id": "why", "points": 2}}

Because two halves make one.
"""
)

LECTURE = HEADER + "# One\n\nWords.\n\n```{code-cell} ipython3\n1 + 1\n```\n\n## Two\n\nMore words.\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A course of one unit and one lecture, with its notebooks and release made."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write(root / "solutions/.text/90-halves/halves.md", UNIT)
    write(root / "solutions/90-halves/checks.py", "# What half() promises\n")
    write(root / "lectures/text/90-halves.md", LECTURE)
    build(root)
    return root


@pytest.fixture
def course(built, tmp_path):
    """A copy of the built course, to spoil."""
    return Path(shutil.copytree(built, tmp_path / "course", ignore=shutil.ignore_patterns("grading")))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


# ---------------------------------------------------------------- the real course


def test_the_course_agrees_with_its_texts_and_leaks_no_answer():
    assert verify(ROOT) == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("folder", ["exercises", "solutions"])
def test_all_cells_but_the_checks_run_quietly_and_leave_no_process(folder, method):
    for path in sorted((ROOT / folder).glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if not utils.is_grade(cell)]
        # A short path: the forkserver's socket must fit into 107 characters.
        with tempfile.TemporaryDirectory(prefix="run-") as scratch:
            client = NotebookClient(
                notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": scratch}}
            )
            with client.setup_kernel(env={**os.environ, "AUTOGRADER_START_METHOD": method}):
                for number, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, number)
                kernel = psutil.Process(client.km.provisioner.pid)
                left = [" ".join(child.cmdline()) for child in kernel.children(recursive=True)]
        helpers = ("multiprocessing.forkserver", "multiprocessing.resource_tracker", "sandbox/keeper.py")
        left = [line for line in left if not any(helper in line for helper in helpers)]
        assert left == []
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        assert [output for output in outputs if output.get("name") == "stderr"] == []
        printed = "".join(output.get("text", "") for output in outputs)
        assert ("Not yet:" in printed) == (folder == "exercises")


# ---------------------------------------------------------------- text -> notebook


def test_a_second_build_writes_nothing(course):
    assert build(course) == []
    assert verify(course) == []


def test_notebooks_are_free_of_outputs_and_say_nothing_of_the_machine(built):
    folders = ("lectures", "solutions", "exercises")
    paths = [path for folder in folders for path in built.glob(f"{folder}/**/*.ipynb")]
    assert len(paths) == 3
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        assert notebook.metadata == {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        for cell in notebook.cells:
            assert cell.get("outputs", []) == []
            assert cell.get("execution_count") is None


def test_a_cell_id_is_its_grade_id_or_its_title_with_an_ordinal(built):
    notebook = nbformat.read(built / "solutions/90-halves/halves.ipynb", as_version=4)
    assert [cell.id for cell in notebook.cells] == [
        "halves",
        "halves-2",
        "half",
        "check-half",
        "why",
        "why-2",
    ]


def test_a_new_cell_leaves_the_ids_under_other_titles_alone(course):
    text = course / "lectures/text/90-halves.md"
    before = [cell["id"] for cell in json.loads(notebook_bytes(text))["cells"]]
    replace(text, "Words.", "Words.\n\n+++\n\nA new cell.")
    after = [cell["id"] for cell in json.loads(notebook_bytes(text))["cells"]]
    assert before == ["one", "one-2", "two"]
    assert after == ["one", "one-2", "one-3", "two"]


def test_ids_are_unique_even_if_a_title_reads_like_a_numbered_one(tmp_path):
    text = write(tmp_path / "a.md", HEADER + "# A\n\n+++\n\nx\n\n+++\n\n# A 2\n\n+++\n\n# A\n\n+++\n\n# Б\n")
    ids = [cell["id"] for cell in json.loads(notebook_bytes(text))["cells"]]
    assert ids == ["a", "a-2", "a-2-b", "a-3", "cell"]


def test_a_comment_in_a_code_block_of_the_prose_is_no_title(tmp_path):
    text = write(tmp_path / "a.md", HEADER + "# A\n\n```python\n# not a title\n```\n\n+++\n\nx\n")
    assert [cell["id"] for cell in json.loads(notebook_bytes(text))["cells"]] == ["a", "a-2"]


def test_graded_cells_get_all_of_nbgraders_marks(built):
    notebook = nbformat.read(built / "solutions/90-halves/halves.ipynb", as_version=4)
    marks = [(cell.id, cell.metadata.nbgrader) for cell in notebook.cells if "nbgrader" in cell.metadata]
    seen = {name: (mark.solution, mark.grade, mark.locked, mark.get("points")) for name, mark in marks}
    assert seen == {
        "half": (True, False, False, None),
        "check-half": (False, True, True, 3.0),
        "why-2": (True, True, False, 2.0),
    }
    assert all((mark.schema_version, mark.task) == (3, False) for _, mark in marks)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    ### BEGIN SOLUTION\n", "", "between '### BEGIN SOLUTION' and '### END SOLUTION'"),
        ("%%writefile half.py", "%%writefile halves.py", "must be '%%writefile half.py'"),
        ("grade_id: check-half", "grade_id: test-half", "'check-NAME'"),
        ("{grade_id: half}", "{grade_id: half, solution: true}", "['grade_id', 'solution']"),
        ('"why", "points": 2', '"why"', "needs points"),
    ],
)
def test_a_graded_cell_that_nbgrader_would_misread_is_refused(course, old, new, said, capsys):
    replace(course / "solutions/.text/90-halves/halves.md", old, new)
    with pytest.raises(NotebookError) as error:
        build(course)
    assert "halves.md" in str(error.value)
    assert said in str(error.value)
    assert main(["verify", "--course", str(course)]) == 1
    assert said in capsys.readouterr().err


def test_nbgraders_refusal_is_passed_on_in_its_own_words(course):
    replace(course / "solutions/.text/90-halves/halves.md", "grade_id: check-half", "grade_id: check-half ")
    replace(course / "solutions/.text/90-halves/halves.md", '"grade_id": "why"', '"grade_id": "half"')
    with pytest.raises(NotebookError, match=r"90-halves; it says: .*alidation"):
        build(course)


# ---------------------------------------------------------------- notebook -> release


def test_the_release_keeps_the_first_line_of_an_answer_and_nothing_of_the_rest(built):
    notebook = nbformat.read(built / "exercises/90-halves/halves.ipynb", as_version=4)
    cells = {cell.id: cell.source for cell in notebook.cells}
    assert cells["half"].splitlines()[:3] == [
        "%%writefile half.py",
        "def half(number):",
        '    """Return half of a number."""',
    ]
    assert "raise NotImplementedError" in cells["half"]
    assert cells["check-half"] == 'from autograder import check\n\ncheck("half")'
    assert "two halves" not in cells["why-2"]


def test_what_a_run_leaves_in_solutions_never_reaches_the_release_but_checks_do(course):
    unit = course / "solutions/90-halves"
    write(unit / "half.py", "secret_of_halving = 2\n")
    write(unit / "__pycache__/half.cpython-311.pyc", "secret_of_halving")
    write(unit / ".ipynb_checkpoints/halves-checkpoint.ipynb", "secret_of_halving")
    write(unit / ".halves.md", "secret_of_halving")
    assert build(course) == []
    assert verify(course) == []
    released = {path.name for path in (course / "exercises/90-halves").iterdir()}
    assert released == {"checks.py", "halves.ipynb"}


def test_making_a_release_touches_no_gradebook(course):
    build(course)
    assert not (course / "grading").exists()


# ---------------------------------------------------------------- what verify finds


def test_a_notebook_edited_by_hand_is_reported_with_its_difference_and_what_mends_it(course):
    replace(course / "lectures/90-halves.ipynb", "1 + 1", "1 + 2")
    (problem,) = verify(course)
    assert problem.startswith("lectures/90-halves.ipynb is not what its source makes.")
    assert "python -m autograder.notebooks build" in problem
    assert '-    "1 + 2"' in problem
    assert '+    "1 + 1"' in problem


def test_a_text_edited_without_a_build_is_reported_for_notebook_and_release(course):
    replace(course / "solutions/.text/90-halves/halves.md", "Halve a number.", "Halve any number.")
    assert [problem.split()[0] for problem in verify(course)] == [
        "solutions/90-halves/halves.ipynb",
        "exercises/90-halves/halves.ipynb",
    ]
    assert len(build(course)) == 2
    assert verify(course) == []


def test_a_missing_release_is_reported(course):
    (course / "exercises/90-halves/checks.py").unlink()
    assert verify(course) == [
        "exercises/90-halves/checks.py is missing. Make it: python -m autograder.notebooks build"
    ]


def test_a_file_without_a_source_is_reported(course):
    write(course / "exercises/90-halves/data/notes.txt", "hello\n")
    write(course / "lectures/old.ipynb", "{}")
    assert [problem.split()[0] for problem in verify(course)] == [
        "exercises/90-halves/data/notes.txt",
        "lectures/old.ipynb",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "    return number / secret_of_halving",
        "# return  number /  secret_of_halving, you see",
        "### BEGIN SOLUTION",
    ],
)
def test_answer_text_in_a_file_handed_to_students_is_reported(course, line):
    with (course / "solutions/90-halves/checks.py").open("a") as file:
        file.write(line + "\n")
    build(course)  # so that solutions and release agree, and only the answer is wrong
    (problem,) = verify(course)
    assert problem.startswith("exercises/90-halves/checks.py holds '")


def test_an_answer_quoted_in_a_hint_is_reported(course):
    hint = "Halve a number: `return number / secret_of_halving`."
    replace(course / "solutions/.text/90-halves/halves.md", "Halve a number.", hint)
    build(course)
    (problem,) = verify(course)
    assert problem.startswith("exercises/90-halves/halves.ipynb holds 'return number / secret_of_halving'")
    assert "solutions/90-halves/halves.ipynb" in problem


@pytest.mark.parametrize(
    ("unit", "line", "reported"),
    [
        ("90-halves", "process.join()", True),
        ("91-others", "process.join()", False),
        ("91-others", "return [one.exitcode for one in processes]", True),
    ],
)
def test_short_lines_of_an_answer_are_secret_in_its_own_unit_only(tmp_path, unit, line, reported):
    """What every program says would be found in many a unit."""
    source = f"def f():\n    ### BEGIN SOLUTION\n    {line}\n    ### END SOLUTION"
    answer = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    write(tmp_path / "exercises" / unit / "notebook.ipynb", nbformat.writes(example_with(line)))
    solutions = {"solutions/90-halves/halves.ipynb": nbformat.writes(answer).encode()}
    assert bool(leaks(tmp_path, solutions)) == reported


def example_with(line):
    """A notebook whose only cell holds a line."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"for process in some:\n    {line}")])


def test_an_answer_hidden_in_outputs_or_metadata_of_a_release_is_reported(course):
    path = course / "exercises/90-halves/halves.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["metadata"]["note"] = {"deep": ["secret_of_halving = 2"]}
    path.write_text(json.dumps(notebook))
    assert any("holds 'secret_of_halving = 2'" in problem for problem in verify(course))


def test_a_release_made_without_clearing_leaks_though_notebook_and_release_agree(course):
    # As if ClearSolutions were configured for other markers than those that the texts use.
    with (course / "nbgrader_config.py").open("a") as file:
        file.write('c.GenerateAssignment.preprocessors = ["nbgrader.preprocessors.ClearOutput"]\n')
    build(course)
    problems = verify(course)
    assert problems
    assert all(problem.startswith("exercises/90-halves/halves.ipynb holds") for problem in problems)


def test_the_exit_status_says_whether_all_is_well(course, capsys):
    assert main(["verify", "--course", str(course)]) == 0
    assert main(["build", "--course", str(course)]) == 0
    assert capsys.readouterr() == ("", "")
    (course / "lectures/90-halves.ipynb").unlink()
    assert main(["verify", "--course", str(course)]) == 1
    assert "lectures/90-halves.ipynb is missing" in capsys.readouterr().err
    assert main(["build", "--course", str(course)]) == 0
    assert capsys.readouterr().out == "wrote lectures/90-halves.ipynb\n"
