"""One attack on stock nbgrader, a script for a box of its own: hostile code runs beside the grader here.

    /answers/course --copied--> /work/course --nbgrader autograde--> what each student got, one JSON line

It imports nothing of this package. What it prints is for a table: whoever shares the box could forge it.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = Path("/work/course")
SECONDS = 60
SECRET = "of the grader's machine"
CANARY = "autograder-canary"  # what attacks look for


def main() -> None:
    """Grade the class, then look at what the attack has earned and what it has done."""
    shutil.copytree(HERE / "course", COURSE, symlinks=True)
    os.chdir(COURSE)
    Path("/work/secret.txt").write_text(SECRET)
    os.environ["AUTOGRADER_SECRET"] = CANARY  # what a grader's environment may hold
    before = processes()
    command = [sys.executable, "-m", "nbgrader", "autograde", "attacked"]
    with open("/work/log", "wb") as log:
        grader = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            ended = f"exit status {grader.wait(SECONDS)}"
        except subprocess.TimeoutExpired:
            ended = f"still running after {SECONDS} s"
            os.killpg(grader.pid, signal.SIGKILL)
            grader.wait()
    told = {
        "ended": ended,
        "marks": marks(),
        "got": got(),
        "secret_copied": any(
            SECRET.encode() in path.read_bytes() for path in COURSE.glob("autograded/**/*") if path.is_file()
        ),
        "processes_left": len(processes() - before),
        "written": [str(path) for path in Path("/tmp").glob("autograder-was-here*")],
    }
    print(f"\n{json.dumps(told)}", flush=True)


def marks() -> dict[str, float]:
    """Points of each student whose submission was graded."""
    query = (
        "SELECT s.student_id, SUM(COALESCE(g.manual_score, g.auto_score)) FROM submitted_assignment s "
        "JOIN submitted_notebook n ON n.assignment_id = s.id JOIN grade g ON g.notebook_id = n.id "
        "WHERE g.auto_score IS NOT NULL GROUP BY s.student_id"
    )
    try:
        with sqlite3.connect(COURSE / "gradebook.db") as gradebook:
            return dict(gradebook.execute(query))
    except sqlite3.Error as error:
        return {f"gradebook: {error}": 0.0}


def got() -> str:
    """What the check of the attack's notebook said against it: with the value that it saw."""
    place = COURSE / "autograded/eve/attacked/double.ipynb"
    if not place.exists():
        return ""
    try:
        notebook = json.loads(place.read_bytes())
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                if cell["metadata"].get("nbgrader", {}).get("grade") and output["output_type"] == "error":
                    return f"{output['ename']}: {output['evalue']}"[:250]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"not to be read ({type(error).__name__})"
    return ""


def processes() -> set[int]:
    """The processes of the box."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


if __name__ == "__main__":
    main()
