"""Where things are: the course's folder, its units, and the exercises that a unit's checks.py declares."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from autograder.exercise import Exercise

#: Part of every exercise's version: raise it when the harness itself judges differently.
HARNESS_VERSION = 1


class CourseError(Exception):
    """Something that was asked for is not in the course."""


@dataclass(frozen=True)
class Unit:
    """One unit: a folder with an instructor's notebook and a checks.py.

    Parameters
    ----------
    name : str
        For example "02-pool".
    source : Path
        Its folder.
    exercises : dict of str to Exercise
        In the order of checks.py.
    version : str
        Changes when checks.py or the harness changes, so that old verdicts are not used.
    """

    name: str
    source: Path
    exercises: dict[str, Exercise]
    version: str

    def exercise(self, name: str) -> Exercise:
        """The exercise of that name.

        Raises
        ------
        CourseError
            If the unit has none; lists those it has.
        """
        if name not in self.exercises:
            raise CourseError(
                f"unit {self.name} has no exercise {name!r}; it has {', '.join(self.exercises)}."
            )
        return self.exercises[name]


@dataclass(frozen=True)
class Course:
    """The course as it lies on disk.

    Parameters
    ----------
    root : Path
        The folder that holds solutions/, exercises/ and grading/.
    """

    root: Path

    @property
    def source(self) -> Path:
        """nbgrader's source folder."""
        return self.root / "solutions"

    @property
    def release(self) -> Path:
        """nbgrader's release folder."""
        return self.root / "exercises"

    @property
    def grading(self) -> Path:
        """Submissions, autograded notebooks, feedback, verdicts and the gradebook."""
        return self.root / "grading"

    def unit_names(self) -> list[str]:
        """Names of the units that have a checks.py, sorted."""
        return sorted(path.parent.name for path in self.source.glob("*/checks.py"))

    def unit(self, name: str) -> Unit:
        """Load a unit.

        Raises
        ------
        CourseError
            If there is no such unit; lists those there are.
        """
        if name not in self.unit_names():
            known = ", ".join(self.unit_names()) or "none"
            raise CourseError(f"there is no unit {name!r} in {self.source}; there is {known}.")
        return load_unit(self.source / name)

    def find(self, exercise: str, unit: str | None = None) -> tuple[Unit, Exercise]:
        """Find an exercise by name, in one unit or in all.

        Raises
        ------
        CourseError
            If no unit, or more than one, has an exercise of that name.
        """
        units = [self.unit(name) for name in ([unit] if unit else self.unit_names())]
        found = [candidate for candidate in units if exercise in candidate.exercises]
        if not units:
            raise CourseError(f"there is no unit in {self.source}; is {self.root} the course's folder?")
        if not found:
            known = "; ".join(f"{candidate.name}: {', '.join(candidate.exercises)}" for candidate in units)
            raise CourseError(f"there is no exercise {exercise!r}. There are: {known}.")
        if len(found) > 1:
            places = " and ".join(candidate.name for candidate in found)
            raise CourseError(f"{exercise!r} is in {places}; say which with --unit.")
        return found[0], found[0].exercises[exercise]


def find_root(start: Path | None = None) -> Path:
    """The nearest folder, from `start` upwards, that holds nbgrader_config.py and solutions/.

    Raises
    ------
    CourseError
        If there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in [start, *start.parents]:
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return folder
    raise CourseError(
        f"{start} is not inside the course: no folder above it holds nbgrader_config.py and solutions/. "
        "Change into the course's folder, or name it with --course."
    )


def load_unit(folder: Path) -> Unit:
    """Load the unit in a folder that holds a checks.py: in solutions/, or a student's copy of a release.

    Raises
    ------
    CourseError
        If there is no checks.py, it cannot be imported, or it declares no exercise, or one name twice.
    """
    path = folder / "checks.py"
    if not path.is_file():
        raise CourseError(
            f"there is no checks.py in {folder}; it comes with the unit's notebook, copy it back."
        )
    text = path.read_bytes()
    digest = hashlib.sha256(text + str(HARNESS_VERSION).encode()).hexdigest()
    # A name that holds the text's digest: two units, or two versions of one, never share a module.
    name = f"_autograder_checks_{digest[:16]}"
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules[name] = ModuleType(name)
        module.__file__ = str(path)
        try:
            # The very text of the digest, not Python's cached bytecode: that goes by size and whole seconds,
            # and its folder would lie among the files of a release.
            exec(compile(text, path, "exec", dont_inherit=True), vars(module))
        except Exception as error:
            del sys.modules[name]
            raise CourseError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Exercise)
        and value.__module__ == name
        and hasattr(value, "signature")  # a base class that several exercises share has none
    ]
    if not found:
        raise CourseError(f"{path} declares no exercise: a subclass of autograder.Exercise.")
    exercises = {exercise.name: exercise for exercise in (declared() for declared in found)}
    if len(exercises) < len(found):
        raise CourseError(f"{path} declares {len(found)} exercises but only {len(exercises)} names for them.")
    return Unit(folder.name, folder, exercises, digest[:16])
