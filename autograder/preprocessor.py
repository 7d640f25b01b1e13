"""nbgrader's preprocessors: from a submitted notebook to marks, without running any of it here.

    submitted/STUDENT/UNIT/NAME.ipynb
        | SubmissionExporter   reads the text of the solution cells, by grade_id, and nothing else
        | Rebuild              puts it into the instructor's own notebook
        | (nbgrader)           OverwriteCells, CheckCellMetadata
    autograded/STUDENT/UNIT/NAME.ipynb, not yet judged
        | GradeByHarness       judges each answer, writes report and points into its check cell
        | SaveVerdicts         points into the gradebook; what could not be judged is for a person
        | ShowCells            plots and try-outs, run in a sandboxed kernel (see `autograder.showing`)
    autograded/STUDENT/UNIT/NAME.ipynb

nbgrader_config.py names them. They work alike from ``nbgrader autograde``, from Formgrader's button
(inside its server's event loop: nothing here may call asyncio.run) and from ``autograder grade``.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets import Bool, Unicode

from autograder import sandbox
from autograder.collection import tidy
from autograder.course import Course, CourseError, find_root
from autograder.findings import Report
from autograder.grading import judge_stored
from autograder.harness import Settings
from autograder.recording import introduce
from autograder.submission import SubmissionError, read_notebook, solution_cells, sources_of

log = logging.getLogger(__name__)

_OURS = "autograder"  # our key in nbconvert's resources and in a cell's metadata


class SubmissionExporter(NotebookExporter):
    """Takes the place of nbgrader's exporter, which gives up on a notebook that is not one.

    Where `Rebuild` is to follow, the submitted file is read by `autograder.submission` alone. If it
    cannot be read, that is passed on, and its student is graded as having handed in no answer.
    """

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Convert the notebook in a file; see `nbconvert.exporters.Exporter.from_filename`."""
        if not any(isinstance(preprocessor, Rebuild) for preprocessor in self._preprocessors):
            return super().from_filename(filename, resources, **kw)
        path = Path(filename)
        try:
            answers, problem = solution_cells(read_notebook(path)), ""
        except SubmissionError as error:
            answers, problem = {}, str(error)
            self.log.warning("%s: %s", path, problem)
        resources = {
            **(resources or {}),
            "metadata": {"name": path.stem, "path": str(path.parent)},
            _OURS: {"answers": answers, "problem": problem},
        }
        return self.from_notebook_node(nbformat.v4.new_notebook(), resources, **kw)


class Rebuild(NbGraderPreprocessor):
    """Makes the notebook anew: the instructor's, with the text of the student's answers.

    The instructor's notebook is taken from solutions/, its answers cleared as for a release. Not from
    exercises/: that is where people try the exercises, so an answer of their own may lie in it.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Replace `nb` by the rebuilt notebook.

        Raises
        ------
        CourseError
            If the gradebook and the instructor's notebook do not have the same cells.
        """
        notebook = self._instructors(resources)
        answers, problem = resources[_OURS]["answers"], resources[_OURS]["problem"]
        for cell in notebook.cells:
            if not utils.is_solution(cell):
                continue
            name = cell.metadata.nbgrader.grade_id
            if name in answers:
                cell.source = _storable(answers[name])
            else:
                why = "the notebook could not be read" if problem else f"the notebook has no cell {name}"
                cell.source = f"# No answer: {why}." if cell.cell_type == "code" else f"*No answer: {why}.*"
                cell.metadata[_OURS] = {"missing": True}
        if problem:
            notebook.cells.insert(0, _notice(problem))
        return notebook, resources

    def _instructors(self, resources: Any) -> NotebookNode:
        """The instructor's notebook without its answers, once it is sure that the gradebook knows it."""
        unit, name = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
        coursedir = _coursedir(self)
        path = Path(coursedir.format_path(coursedir.source_directory, ".", unit), f"{name}.ipynb")
        try:
            notebook = nbformat.read(path, as_version=4)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"the instructor's notebook {path} cannot be read: {error}. "
                "Write it anew from its text: python -m autograder.notebooks build"
            ) from error
        for preprocessor in (LockCells, ClearSolutions, ClearOutput, ComputeChecksums):
            notebook, resources = preprocessor(parent=self, enabled=True).preprocess(notebook, resources)
        here = {cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata}
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            known = {cell.name for cell in gradebook.find_notebook(name, unit).source_cells}
        if here != known:
            raise CourseError(
                f"the gradebook does not know {path} as it is now; they differ in "
                f"{', '.join(sorted(here ^ known))}. Tell it: nbgrader generate_assignment {unit}"
            )
        return notebook


class GradeByHarness(NbGraderPreprocessor):
    """Judges the answers, and writes what was found into the check cells. Takes the place of Execute."""

    start_method = Unicode(help="Start method of the answers' processes; empty: default.").tag(config=True)
    unsafe_no_sandbox = Bool(help="Run students' code without any containment.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Give every check cell its outputs, and note in `resources` which reports need a person.

        Raises
        ------
        CourseError
            If a graded cell is the check of no exercise: without outputs nbgrader would give it full marks.
        SandboxError, HarnessError
            If an answer cannot be judged; then nothing of this notebook is recorded.
        """
        course = Course(Path(_coursedir(self).root))
        unit = course.unit(resources["nbgrader"]["assignment"])
        settings = Settings(sandbox.choose(unsafe=self.unsafe_no_sandbox), self.start_method or None)
        there = [cell for cell in nb.cells if not cell.metadata.get(_OURS, {}).get("missing")]
        sources = sources_of({"cells": there}, unit.exercises)
        doubtful = []
        for cell in nb.cells:
            if cell.cell_type != "code" or utils.is_solution(cell) or not utils.is_grade(cell):
                continue
            marks = cell.metadata.nbgrader
            kind, _, name = marks.grade_id.partition("check-")
            if kind or not name:
                raise CourseError(f"{unit.name}: graded cell {marks.grade_id!r} is not called check-NAME.")
            self.log.info("Judging %s", name)
            report = judge_stored(course, unit, name, sources, settings)
            cell.outputs = outputs_of(report, float(marks.points))
            cell.execution_count = None
            if report.needs_person:
                doubtful.append(marks.grade_id)
        resources[_OURS] = {"needs_person": doubtful}
        return nb, resources


class SaveVerdicts(SaveAutoGrades):
    """As `SaveAutoGrades`, but a speed that could not be judged waits for a person in Formgrader."""

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._add_score(cell, resources)
        grade_id = cell.metadata.nbgrader.grade_id
        if grade_id in resources[_OURS]["needs_person"]:
            grade = self.gradebook.find_grade(grade_id, self.notebook_id, self.assignment_id, self.student_id)
            grade.needs_manual_grade = True
            self.gradebook.db.commit()


def outputs_of(report: Report, max_points: float) -> list[NotebookNode]:
    """The outputs of a check cell: the report to read, and the points for nbgrader to read.

    nbgrader takes a check cell without a number for full marks, and one with a number above the
    maximum for an error, so the points are always a plain number within the cell's range.

    Parameters
    ----------
    report : Report
        The verdict on one answer.
    max_points : float
        What the cell is worth; the report's points are scaled to it.
    """
    from autograder.render import as_html, as_text

    share = report.points / report.max_points if report.max_points else 0.0
    points = round(float(min(max(share, 0.0), 1.0) * max_points), 2)
    shown = {"text/plain": _storable(as_text(report)), "text/html": _storable(as_html(report))}
    return [
        nbformat.v4.new_output("display_data", shown),
        nbformat.v4.new_output("execute_result", {"text/plain": repr(points)}),
    ]


def prepare_submission(assignment: str, student: str, notebooks: list[str]) -> None:
    """Look through a submission's folder before nbgrader does anything with it: nbgrader's hook.

    What is no plain file is moved out of it (see `autograder.collection`): nbgrader would follow a link,
    and copy a file of this machine to autograded/ and on to the student with the feedback. A notebook
    that is missing, under another name perhaps, is added to the list of those to be graded: nbgrader
    would leave its student without mark and feedback, with a former mark standing. And the gradebook is
    told about a unit that it does not know, as it knows none after a fresh clone.

    Parameters
    ----------
    assignment, student : str
        As nbgrader calls its hook; they may be patterns, so they are not used.
    notebooks : list of str
        Paths of the submission's notebooks: nbgrader's own list, changed in place.
    """
    folder = Path(notebooks[0]).parent
    for line in tidy(folder):
        log.warning("%s: %s", folder.parent.name, line)
    course = Course(find_root(folder))
    wanted = sorted(course.source.glob(f"{folder.name}/*.ipynb"))
    introduce(course, folder.name)
    notebooks += [place for path in wanted if (place := str(folder / path.name)) not in notebooks]


def _coursedir(preprocessor: Any) -> Any:
    """nbgrader's CourseDirectory: a preprocessor belongs to an exporter, which belongs to a converter."""
    return preprocessor.parent.parent.coursedir


def _notice(problem: str) -> NotebookNode:
    """A cell for the top of a notebook that could not be read; Markdown and HTML in `problem` are escaped."""
    said = "".join(f"&#{ord(letter)};" if letter in "<>&`*_[]\\" else letter for letter in _storable(problem))
    text = f"**This notebook could not be read, so there is no answer to grade.**\n\n{said}"
    return nbformat.v4.new_markdown_cell(text, id="unreadable-notebook")


def _storable(text: str) -> str:
    """Text that UTF-8 can hold: JSON may carry half a surrogate pair, and a file may not."""
    return text.encode("utf-8", "replace").decode("utf-8")
