"""Finding units and exercises on disk, and one clear message for everything that is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autograder import course as course_module
from autograder.course import Course, CourseError, find_root, load_unit

ROOT = Path(__file__).resolve().parents[2]

CHECKS = """\
from autograder import Exercise


class Shared(Exercise):
    correctness_points = {points}


class One(Shared):
    signature = "{one}(items)"


class Two(Shared):
    signature = "two(items)"
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of two units; `two` is an exercise of both."""
    (tmp_path / "nbgrader_config.py").touch()
    for unit, one in {"01-first": "alpha", "02-second": "beta"}.items():
        write(tmp_path, unit, CHECKS.format(one=one, points=3))
    (tmp_path / "solutions" / "03-notes").mkdir()
    return Course(tmp_path)


def write(root: Path, unit: str, text: str) -> Path:
    folder = root / "solutions" / unit
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checks.py").write_text(text)
    return folder


# Finding ---------------------------------------------------------------------------------------------


def test_units_are_the_folders_with_a_checks_file(course):
    assert course.unit_names() == ["01-first", "02-second"]


def test_an_exercise_is_found_by_its_name(course):
    unit, exercise = course.find("beta")
    assert (unit.name, exercise.name, exercise.max_points) == ("02-second", "beta", 3)
    assert unit.source == course.source / "02-second"


def test_exercises_are_in_the_order_of_their_declarations_and_a_shared_base_is_none(course):
    assert list(course.unit("01-first").exercises) == ["alpha", "two"]


def test_a_name_in_two_units_asks_for_the_unit(course):
    with pytest.raises(CourseError, match="'two' is in 01-first and 02-second; say which with --unit"):
        course.find("two")
    assert course.find("two", "02-second")[0].name == "02-second"


@pytest.mark.parametrize("unit", [None, "01-first"])
def test_an_unknown_exercise_is_told_which_there_are(course, unit):
    with pytest.raises(
        CourseError, match=r"there is no exercise 'gamma'\. There are: 01-first: alpha, two"
    ) as told:
        course.find("gamma", unit)
    assert ("02-second: beta, two" in str(told.value)) == (unit is None)


def test_an_exercise_of_another_unit_is_not_found_in_this_one(course):
    with pytest.raises(CourseError, match="no exercise 'beta'"):
        course.find("beta", "01-first")
    with pytest.raises(CourseError, match="unit 01-first has no exercise 'beta'; it has alpha, two"):
        course.unit("01-first").exercise("beta")


@pytest.mark.parametrize("name", ["09-none", "", "03-notes", "../solutions/01-first", "01-first/", "*"])
def test_an_unknown_unit_is_told_which_there_are(course, name):
    with pytest.raises(
        CourseError, match=r"there is no unit '.*' in .*solutions; there is 01-first, 02-second"
    ):
        course.unit(name)


def test_a_folder_that_is_no_course_says_so(tmp_path):
    with pytest.raises(CourseError, match=r"there is no unit in .*; is .* the course's folder"):
        Course(tmp_path / "nowhere").find("alpha")
    with pytest.raises(CourseError, match="there is none"):
        Course(tmp_path / "nowhere").unit("alpha")


def test_the_root_is_the_nearest_folder_above_that_looks_like_one(course, monkeypatch):
    inside = course.root / "solutions" / "01-first"
    assert find_root(inside) == find_root(course.root) == course.root
    monkeypatch.chdir(inside)
    assert find_root() == course.root
    (inside / "nbgrader_config.py").touch()
    assert find_root(inside) == course.root, "a folder without solutions/ is no course"


def test_outside_a_course_the_message_names_the_place_and_the_next_step(tmp_path):
    with pytest.raises(CourseError, match=r"is not inside the course: .* or name it with --course") as told:
        find_root(tmp_path)
    assert str(tmp_path) in str(told.value)


def test_the_real_course_has_the_four_exercises_of_the_pool_unit():
    unit, exercise = Course(ROOT).find("parallel_map")
    assert list(unit.exercises) == ["parallel_map", "balanced_map", "apply_model", "first_match"]
    assert (unit.name, exercise.max_points) == ("02-pool", 4.0)


# Loading ---------------------------------------------------------------------------------------------


def test_a_students_folder_is_a_unit_too(tmp_path):
    assert load_unit(write(tmp_path, "pool", CHECKS.format(one="alpha", points=1))).name == "pool"


def test_a_folder_without_checks_says_what_to_copy_back(tmp_path):
    with pytest.raises(CourseError, match=r"there is no checks.py in .*; it comes with the unit's notebook"):
        load_unit(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class Broken(:", "cannot be imported: SyntaxError"),
        ("\0", "cannot be imported: "),
        (
            "import no_such_module",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("", "declares no exercise"),
        ("from autograder import Exercise", "declares no exercise"),
        ("from autograder import Exercise\nclass Base(Exercise): pass", "declares no exercise"),
        (CHECKS.format(one="two", points=1), "declares 2 exercises but only 1 names for them"),
    ],
)
def test_a_broken_checks_file_is_named_with_its_fault(tmp_path, text, said):
    folder = write(tmp_path, "unit", text)
    with pytest.raises(CourseError) as told:
        load_unit(folder)
    assert said in str(told.value) and str(folder / "checks.py") in str(told.value)


def test_a_broken_checks_file_leaves_no_module_and_is_read_again_when_mended(tmp_path):
    before = set(sys.modules)
    folder = write(tmp_path, "unit", "1 / 0  # in no other test")
    with pytest.raises(CourseError):
        load_unit(folder)
    assert set(sys.modules) == before
    write(tmp_path, "unit", CHECKS.format(one="alpha", points=1))
    assert "alpha" in load_unit(folder).exercises


def test_two_units_share_no_module(course):
    first, second = course.unit("01-first"), course.unit("02-second")
    modules = {type(exercise).__module__ for unit in (first, second) for exercise in unit.exercises.values()}
    assert len(modules) == 2 and "checks" not in sys.modules
    assert type(first.exercises["two"]) is not type(second.exercises["two"])


def test_the_version_follows_the_text_even_within_one_second_and_at_the_same_size(course, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    versions, points = [], []
    for number in (3, 4, 5, 3):
        write(course.root, "01-first", CHECKS.format(one="alpha", points=number))
        unit = course.unit("01-first")
        versions.append(unit.version)
        points.append(unit.exercises["alpha"].correctness_points)
    assert points == [3, 4, 5, 3]
    assert len(set(versions)) == 3 and versions[0] == versions[3]


def test_the_version_follows_the_harness(course, monkeypatch):
    before = course.unit("01-first").version
    monkeypatch.setattr(course_module, "HARNESS_VERSION", course_module.HARNESS_VERSION + 1)
    assert course.unit("01-first").version != before


def test_loading_a_unit_adds_no_file_to_its_folder(course, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    course.unit("01-first")
    assert [path.name for path in (course.source / "01-first").iterdir()] == ["checks.py"]


def test_the_course_gives_no_more_than_a_hundred_points():
    course = Course(ROOT)
    exercises = [one for name in course.unit_names() for one in course.unit(name).exercises.values()]
    assert 0 < sum(one.max_points for one in exercises) <= 100
