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
import warnings
from pathlib import Path

root = Path(__file__).resolve().parent
grading = root / "grading"

# The preprocessors below are named by import strings; an installed package is found without this.
if importlib.util.find_spec("autograder") is None:
    sys.path.insert(0, str(root))

# To make a gradebook nbgrader calls `alembic` by name: not found where its environment is not active.
if shutil.which("alembic") is None:
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

# nbgrader 0.9.6 makes SQLAlchemy 2 warn for every new submission; nothing is wrong.
warnings.filterwarnings("ignore", message="Object of type <Submitted")

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
c.ZipCollectApp.extractor_plugin = "autograder.zip_collect.PlainExtractor"
c.ExportPlugin.to = str(grading / "grades.csv")
c.Exchange.root = str(exchange)

# Every other file of a unit's folder is handed to students: checks.py on purpose, but nothing that
# running a solution notebook in place has left there.
texts = "".join(path.read_text("utf-8") for path in root.glob("solutions/*/*.ipynb"))
left_by_a_run = set(re.findall(r'"%%writefile (?:-a )?([^\s"\\]+)', texts))
c.CourseDirectory.ignore = ["__pycache__", "*.pyc", ".*", *sorted(left_by_a_run)]

# exercises/ comes with the repository, so a first generate_assignment finds it there and would do nothing.
c.GenerateAssignment.force = True
c.ClearSolutions.code_stub = {
    "python": "# Your code goes here, in place of the next line.\n"
    'raise NotImplementedError("this function is still to be written")'
}
c.ClearSolutions.text_stub = "*Your answer goes here.*"

# A submitted notebook gives the text of its answers and nothing else; it need not even be one.
c.Autograde.exporter_class = "autograder.preprocessor.SubmissionExporter"
c.Autograde.pre_convert_hook = "autograder.preprocessor.prepare_submission"
c.Autograde.sanitize_preprocessors = [
    "autograder.preprocessor.Rebuild",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# The harness takes the place of Execute: no answer runs in this process. When the marks stand, the cells
# that only show things are run in a sandboxed kernel; `c.ShowCells.enabled = False` leaves their outputs out.
c.Autograde.autograde_preprocessors = [
    "autograder.preprocessor.GradeByHarness",
    "autograder.preprocessor.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "autograder.showing.ShowCells",
]
c.GenerateFeedback.exporter_class = "autograder.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "autograder.feedback.NarrowScreens",
]
