"""The gradebook in PostgreSQL: a real server of the test's own, and the class graded into it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from autograder import grading
from autograder.bench.small_course import UNIT, make
from autograder.calls import Settings
from autograder.course import find_root
from autograder.grading import grade_unit, stored_rows
from autograder.recording import Recorder
from autograder.sandbox import choose

pytestmark = pytest.mark.slow
CONFIG = find_root() / "nbgrader_config.py"


@pytest.fixture(scope="module")
def server():
    """A server that listens on a socket in a folder of its own, and nowhere else; yields its URL's end."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = str(programs[-1]) if programs else os.path.dirname(shutil.which("initdb") or "")
    assert found, "PostgreSQL's server is missing, so nothing of it is tested: bash .ci/system postgresql"
    # Not pytest's folder: root's is closed to the server's user, and a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    before: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
        before = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            [*before, f"{found}/{program}", *words], cwd=home, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr

    run("initdb", "-D", f"{home}/data", "-U", "teacher", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
    run("pg_ctl", "-D", f"{home}/data", "-l", f"{home}/log", "-w", "-o", options, "start")
    try:
        yield home
    finally:
        run("pg_ctl", "-D", f"{home}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(home)


@pytest.fixture
def database(server):
    """An empty database; yields its URL."""
    with psycopg.connect(host=str(server), user="teacher", dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS marks WITH (FORCE)")
        connection.execute("CREATE DATABASE marks")
    return f"postgresql+psycopg://teacher@/marks?host={server}"


@pytest.fixture
def course(database, tmp_path):
    made = make(tmp_path / "course", CONFIG, 4)
    with (made.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {database!r}\n")
    return made


def test_a_class_is_graded_into_postgresql_by_several_processes_and_again(course, server, monkeypatch):
    monkeypatch.setattr(grading, "_FEW", 0)  # so that the workers record, too
    unit, settings = course.unit(UNIT), Settings(choose())
    rows = grade_unit(course, unit, settings, size=2)
    assert not [row.problem for row in rows if row.problem]
    assert not (course.grading / "gradebook.db").exists()
    recorder = Recorder(course, unit, settings)
    expected = {row.student: row.points for row in stored_rows(course, unit, settings)}
    assert recorder.marks() == expected and len(expected) == 4
    with psycopg.connect(host=str(server), user="teacher", dbname="marks") as connection:
        graded = connection.execute("SELECT count(*), count(distinct id) FROM student").fetchone()
    assert graded == (4, 4)
    again = grade_unit(course, unit, settings, ["s02"], force=True)
    assert recorder.marks() == {**expected, "s02": again[0].points}


def test_formgrader_reads_it(course):
    """What its pages ask: PostgreSQL is stricter about types and groups than SQLite."""
    unit, settings = course.unit(UNIT), Settings(choose())
    students = ["s00", "s01", "s02"]
    grade_unit(course, unit, settings, students)
    api = Recorder(course, unit, settings)._api
    assert api.get_assignment(UNIT)["num_submissions"] == 4
    assert [row["student"] for row in api.get_submissions(UNIT) if row["autograded"]] == students
    assert api.get_students() and api.get_notebooks(UNIT)
    assert api.get_student_submissions("s00") and api.get_notebook_submissions(UNIT, "small")
    assert api.get_student_notebook_submissions("s00", UNIT)
