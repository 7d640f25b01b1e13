"""What the bench judges, and in which order.

A trial is one answer under one condition. Trials come in rounds of all answers and conditions, and a
round in passes: one pass judges each answer once, and each condition about equally often. So a bench
that is interrupted has still tried everything about as often.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"


class BenchError(Exception):
    """The bench cannot go on: nothing to judge, a load that failed, or code that changed under it."""


@dataclass(frozen=True)
class Answer:
    """One answer of the corpus whose head says what its speed verdict must be.

    Parameters
    ----------
    unit, exercise, name : str
        Its folders and its file name without ".py".
    expected : {"pass", "fail"}
        What its head says.
    source : str
        Its text.
    """

    unit: str
    exercise: str
    name: str
    expected: str
    source: str

    @property
    def label(self) -> str:
        """Exercise and name, as one word."""
        return f"{self.exercise}/{self.name}"


@dataclass(frozen=True)
class Trial:
    """One verdict to be reached: `number` counts from 0 for each answer and condition."""

    answer: Answer
    condition: str
    number: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells this trial's line on file from all others."""
        return self.answer.exercise, self.answer.name, self.condition, self.number


def read_head(text: str) -> dict[str, str]:
    """The ``# key: value`` lines at the top of an answer or an attack, up to the first empty line.

    Examples
    --------
    >>> read_head("# speed: pass\\n# A remark.\\n\\n# caught by: nobody\\n")
    {'speed': 'pass'}
    """
    found = (re.fullmatch(r"# ([a-z ]+): (.+)", line) for line in text.partition("\n\n")[0].splitlines())
    return {match[1]: match[2] for match in found if match}


def read_corpus(folder: Path = CORPUS) -> list[Answer]:
    """All timed answers in ``folder/UNIT/EXERCISE/NAME.py``: those whose head says what the speed must be."""
    found = []
    for path in sorted(folder.glob("*/*/*.py")):
        text = path.read_text()
        expected = read_head(text).get("speed")
        if expected in ("pass", "fail"):
            exercise = path.parent
            found.append(Answer(exercise.parent.name, exercise.name, path.stem, expected, text))
    return found


def chosen(answers: Sequence[Answer], exercises: Sequence[str], names: Sequence[str]) -> list[Answer]:
    """Those answers that belong to one of the exercises and have one of the names; empty chooses all.

    Raises
    ------
    BenchError
        If a word chooses nothing; lists what there is.
    """
    for words, known, what in (
        (exercises, {answer.exercise for answer in answers}, "exercise"),
        (names, {answer.name for answer in answers}, "answer"),
    ):
        for word in words:
            if word not in known:
                raise BenchError(
                    f"the corpus has no timed {what} called {word!r}. There are: {', '.join(sorted(known))}."
                )
    found = [
        answer
        for answer in answers
        if (not exercises or answer.exercise in exercises) and (not names or answer.name in names)
    ]
    if not found:
        raise BenchError(f"no answer called {' or '.join(names)} belongs to {' or '.join(exercises)}.")
    return found


def plan(answers: Sequence[Answer], conditions: Sequence[str], trials: int, seed: int) -> list[Trial]:
    """All trials in the order in which they are to be run, the same for the same seed.

    Parameters
    ----------
    answers, conditions : sequence
        Each answer is tried under each condition.
    trials : int
        How often.
    seed : int
        Of the order. A larger number of trials adds to the end, and changes nothing before it.

    Examples
    --------
    >>> pair = [Answer("02-pool", "f", name, "pass", "") for name in "ab"]
    >>> first, second, *_ = plan(pair, ["quiet", "busy"], trials=1, seed=1)
    >>> first.answer.name != second.answer.name and first.condition != second.condition
    True
    """
    ordered: list[Trial] = []
    for number in range(trials):
        rng = random.Random(f"{seed}:{number}")
        dealt, turns = list(answers), list(conditions)
        rng.shuffle(dealt)
        rng.shuffle(turns)
        for shift in range(len(turns)):
            once = [
                Trial(answer, turns[(place + shift) % len(turns)], number)
                for place, answer in enumerate(dealt)
            ]
            rng.shuffle(once)
            ordered += once
    return ordered
