"""nbgrader's steps on this course's folders.

Everything is taken from this file's own place, so the commands and Formgrader work from any folder.

    solutions/UNIT  --generate_assignment-->  exercises/UNIT  --students-->  grading/submitted/STUDENT/UNIT
                                                                                       | autograde
    grading/feedback/STUDENT/UNIT  <--generate_feedback--  grading/autograded/STUDENT/UNIT
"""

import importlib.util
import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

root = Path(__file__).resolve().parent
grading = root / "grading"

# The preprocessors below are named by import strings; an installed package is found without this.
if importlib.util.find_spec("autograder") is None:
    sys.path.insert(0, str(root))

# nbgrader makes a new gradebook by calling `alembic` by name, which fails where its environment is not active.
if shutil.which("alembic") is None:
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

# Formgrader shows an error while the exchange is missing, and SQLite makes no folders.
exchange = grading / "exchange"
exchange.mkdir(parents=True, exist_ok=True)

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "python-multiprocessing"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.source_with_tests_directory = "grading/source_with_tests"
c.CourseDirectory.db_url = f"sqlite:///{(grading / 'gradebook.db').as_posix()}"
c.ZipCollectApp.downloaded_directory = "grading/downloaded"
c.Exchange.root = str(exchange)

# Every other file of a unit's folder is handed to students: checks.py on purpose, but nothing that
# running a solution notebook in place has left there.
notebooks = root.glob("solutions/*/*.ipynb")
left_by_a_run = {
    name for path in notebooks for name in re.findall(r'"%%writefile (?:-a )?([^\s"\\]+)', path.read_text("utf-8"))
}
c.CourseDirectory.ignore = ["__pycache__", "*.pyc", ".*", *sorted(left_by_a_run)]

c.ClearSolutions.code_stub = {
    "python": "# Your code goes here, in place of the next line.\n"
    'raise NotImplementedError("this function is still to be written")'
}
c.ClearSolutions.text_stub = "*Your answer goes here.*"

# A submitted notebook gives the text of its answers and nothing else; it need not even be one.
c.Autograde.exporter_class = "autograder.preprocessor.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.preprocessor.Rebuild",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# The harness takes the place of Execute: no answer runs in this process, and no kernel is started.
c.Autograde.autograde_preprocessors = [
    "autograder.preprocessor.GradeByHarness",
    "autograder.preprocessor.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
