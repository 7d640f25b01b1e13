"""Shown cells in a class graded by nbgrader: what misbehaves costs its student outputs, nobody else anything.

Every student's answer to the exercise is right, so every mark must be full, whatever else they handed in.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from autograder.course import find_root
from autograder.notebooks import build

ROOT = find_root(Path(__file__).parent)
UNIT, NAME = "91-shown", "shown.ipynb"

TEXT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

# Shown

```{code-cell} ipython3
:nbgrader: {grade_id: double}

%%writefile double.py
def double(number):
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION
```

```{code-cell} ipython3
import matplotlib.pyplot as plt

from double import double

plt.plot([double(number) for number in range(5)])
plt.show()
```

```{code-cell} ipython3
:nbgrader: {grade_id: check-double, points: 6}

from autograder import check

check("double")
```

Draw what you like.

```{code-cell} ipython3
:nbgrader: {grade_id: drawing, points: 1}

### BEGIN SOLUTION
plt.bar([1, 2], [double(1), double(2)])
plt.show()
### END SOLUTION
```

```{code-cell} ipython3
print("the last cell, and double of 21 is", double(21))
```
"""

CHECKS = '''\
from autograder import Case, Check, Equals, Exercise


class Double(Exercise):
    """One promise."""

    signature = "double(number)"
    correctness_points = 3.0
    leftovers_weight = 0.0

    def cases(self, rng, processes):
        number = rng.randrange(1, 1000)
        yield Case((number,), (Check("numbers", Equals(2 * number), essential=True),))
'''

RIGHT = "%%writefile double.py\ndef double(number):\n    return number + number\n"
DRAWS = "plt.bar([1, 2], [double(1), double(2)])\nplt.show()\n"
STUDENTS = {
    "ann": DRAWS,
    "dead": "import os\nos._exit(0)",
    "flooding": "while True: print('x' * 100_000)",
    "forging": (
        "from IPython.display import HTML, display\nget_ipython().displayhook(600.0)\n"
        "display(HTML('<script>alert(1)</script>'))\n6.0"
    ),
    "hung": "import time\ntime.sleep(1e6)",
    "interrupted": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass",
    "stubborn": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "zoe": DRAWS,
}
MARKS = {"check-double": (6.0, False), "drawing": (None, True)}
NO_POINTS = "This changes no points."
LIMITS = "\nc.ShowCells.cell_seconds = 3.0\n"  # so that a test of a limit is short

pytestmark = pytest.mark.usefixtures("leaves_nothing")


class Class:
    """A course in a folder, with the students of whom something lies there."""

    def __init__(self, root: Path, *students: str) -> None:
        self.root = root
        config = (ROOT / "nbgrader_config.py").read_text()
        (root / "nbgrader_config.py").write_text(config + LIMITS)
        for place, text in ((f".text/{UNIT}/shown.md", TEXT), (f"{UNIT}/checks.py", CHECKS)):
            path = root / "solutions" / place
            path.parent.mkdir(parents=True)
            path.write_text(text)
        build(root)
        for student in students:
            notebook = nbformat.read(root / "exercises" / UNIT / NAME, as_version=4)
            for cell in notebook.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                cell.source = {"double": RIGHT, "drawing": STUDENTS[student]}.get(name, cell.source)
            place = root / "grading/submitted" / student / UNIT / NAME
            place.parent.mkdir(parents=True)
            nbformat.write(notebook, place)

        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
        self.api = NbGraderAPI(CourseDirectory(config=config), config=config)
        assert self.api.generate_assignment(UNIT)["success"]

    def run(self, *command: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
        """Run a module of Python's as a shell without the environment on its PATH does."""
        environment = {**os.environ, "PATH": path, "HOME": str(self.root), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", *command]
        return subprocess.run(
            words, cwd=self.root, env=environment, capture_output=True, text=True, timeout=300
        )

    def shown(self, student: str) -> dict[str, str]:
        """What the cells of an autograded notebook show: the plot, the drawing and the last cell."""
        place = self.root / "grading/autograded" / student / UNIT / NAME
        notebook = nbformat.read(place, as_version=4)
        nbformat.validate(notebook)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells] == [
            "double", None, "check-double", "drawing", None,
        ]  # fmt: skip
        assert cells[0].outputs == []
        assert cells[2].outputs[-1].data == {"text/plain": "6.0"}
        return dict(zip(("plot", "drawing", "last"), map(_said, (cells[1], *cells[3:])), strict=True))

    def grades(self, student: str) -> dict[str, tuple[float | None, bool]]:
        with Gradebook(f"sqlite:///{self.root}/grading/gradebook.db") as gradebook:
            found = gradebook.find_submission_notebook("shown", UNIT, student).grades
            return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found}

    def page(self, student: str) -> str:
        return (self.root / "grading/feedback" / student / UNIT / "shown.html").read_text()


def _said(cell: Any) -> str:
    said = []
    for output in cell.outputs:
        if output.output_type == "error":
            said.append(f"{output.ename}: {output.evalue}")
        elif "autograder-report" in output.get("data", {}).get("text/html", ""):
            said.append(output.data["text/plain"])
        else:
            said += [output.text] if output.output_type == "stream" else list(output.data.values())
    return "\n".join(said)


def pictures(text: str) -> list[bytes]:
    """The pictures of a page, decoded."""
    found = re.findall(r'<img [^>]*src="data:image/png;base64,([^"]+)"', text)
    return [base64.b64decode(picture) for picture in found]


def test_a_plot_and_a_drawing_stand_in_the_notebook_and_on_the_page(tmp_path: Path) -> None:
    """And a kernel that dies takes only what it would have shown with it."""
    course = Class(tmp_path, "ann", "dead")
    done = course.run("nbgrader", "autograde", UNIT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert all(course.api.generate_feedback(UNIT, student)["success"] for student in ("ann", "dead"))
    assert {student: course.grades(student) for student in ("ann", "dead")} == {"ann": MARKS, "dead": MARKS}
    ann, dead = course.shown("ann"), course.shown("dead")
    assert ann["last"] == "the last cell, and double of 21 is 42\n"
    page = pictures(course.page("ann"))
    assert page == pictures(ann["plot"]) + pictures(ann["drawing"])
    assert len(page) == 2 and all(picture.startswith(b"\x89PNG") for picture in page)
    assert pictures(dead["plot"]) == page[:1]
    assert dead["drawing"] == (
        f"[This cell ended the notebook: its Python process ended (exit status 0). {NO_POINTS}]"
    )
    assert dead["last"] == f"[Not run: the notebook's Python process ended in a cell above. {NO_POINTS}]"
    assert "Some outputs are missing: a cell ended the notebook" in done.stderr


@pytest.mark.slow
def test_whatever_a_kernel_does_marks_stand_and_the_class_goes_on(tmp_path: Path) -> None:
    course = Class(tmp_path, *STUDENTS)
    done = course.run("nbgrader", "autograde", UNIT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert {student: course.grades(student) for student in STUDENTS} == dict.fromkeys(STUDENTS, MARKS)
    shown = {student: course.shown(student) for student in STUDENTS}
    assert {student for student in STUDENTS if not pictures(shown[student]["plot"])} == set()
    assert {student for student in STUDENTS if pictures(shown[student]["drawing"])} == {"ann", "zoe"}
    drawing = {student: shown[student]["drawing"] for student in STUDENTS}
    assert f"This cell was stopped after 3 s. {NO_POINTS}" in drawing["hung"]
    assert "did not react to an interrupt, which ended the notebook" in drawing["stubborn"]
    assert "made more than 2,097,152 bytes of output" in drawing["flooding"] or (
        "its outputs had more than 32 MiB" in drawing["flooding"]
    )
    assert drawing["interrupted"].startswith("KeyboardInterrupt")
    assert "600.0" in drawing["forging"] and "<script>" not in drawing["forging"]
    for student in ("ann", "forging", "hung", "interrupted", "zoe"):
        assert "double of 21 is 42" in shown[student]["last"]
    for student in ("dead", "stubborn"):
        assert shown[student]["last"].startswith("[Not run: the notebook's Python process ended")
    sizes = [path.stat().st_size for path in course.root.glob(f"grading/autograded/*/{UNIT}/{NAME}")]
    assert len(sizes) == len(STUDENTS) and max(sizes) < 4 << 20


@pytest.mark.slow
def test_autograder_grade_goes_the_same_way(tmp_path: Path) -> None:
    course = Class(tmp_path, "ann", "hung")
    done = course.run("autograder.cli", "grade", UNIT)
    assert done.returncode == 0, done.stderr
    assert course.grades("ann") == course.grades("hung") == MARKS
    assert len(pictures(course.page("ann"))) == 2
    assert len(pictures(course.page("hung"))) == 1
    assert "This cell was stopped after 3 s." in course.page("hung")
    assert _cut_off(course.root / "grading/feedback/hung" / UNIT / "shown.html") == []


def _cut_off(page: Path) -> list[str]:
    """What a browser window 390 pixels wide does not show whole of scores, notes, pictures and prints."""
    from playwright.sync_api import sync_playwright

    script = """() => {
        const wrong = [], box = node => node.getBoundingClientRect();
        for (const heading of document.querySelectorAll('.panel-heading'))
            for (const part of heading.children)
                if (box(part).bottom > box(heading).bottom + 1) wrong.push(part.textContent.trim());
        for (const node of document.querySelectorAll('.output_area pre, .output_area div, .output_area img'))
            if (node.scrollWidth > node.clientWidth + 1 || box(node).right > innerWidth)
                wrong.push(node.outerHTML.slice(0, 200));
        return wrong;
    }"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            window = browser.new_page(viewport={"width": 390, "height": 900})
            window.route("http*://**", lambda route: route.abort())
            window.goto(page.as_uri(), wait_until="domcontentloaded")
            return list(window.evaluate(script))
        finally:
            browser.close()


@pytest.mark.slow
def test_without_a_sandbox_outputs_are_left_out_and_the_page_says_so(tmp_path: Path) -> None:
    course = Class(tmp_path, "ann")
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    refused = course.run("nbgrader", "autograde", UNIT, path=str(nowhere))
    assert refused.returncode != 0
    assert "no sandbox, so nothing is graded" in refused.stderr
    shutil.rmtree(course.root / "grading/autograded", ignore_errors=True)
    unsafe = "--GradeByHarness.unsafe_no_sandbox=True"
    done = course.run("nbgrader", "autograde", UNIT, unsafe, path=str(nowhere))
    assert done.returncode == 0, done.stderr[-3000:]
    assert course.api.generate_feedback(UNIT, "ann")["success"]
    assert course.grades("ann") == MARKS
    why = f"[Not run: there was no sandbox to run it in. {NO_POINTS}]"
    assert set(course.shown("ann").values()) == {why}
    assert course.page("ann").count(why[1:-1]) == 3
    assert "the command 'bwrap' is not there" in done.stderr
