"""How an exercise says what its function promises: cases, checks, points, and a piece of work to time.

A unit's ``checks.py`` holds one short class an exercise:

    class Double(Exercise):
        signature = "double(items)"
        correctness_points = 2

        def cases(self, rng, processes):
            items = [rng.randrange(100) for _ in range(20)]
            yield Case((items,), (Check("values", Equals([2 * item for item in items])),))

Everything here is declared, nothing is run: the harness draws the cases from a secret seed, runs the
student's function in a sandbox, and hands what came back to the checks.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from autograder.protocol import Opaque
from autograder.site import Request, Site


@dataclass(frozen=True)
class Outcome:
    """What came of one call of the student's function.

    Parameters
    ----------
    kind : {"value", "error", "timeout", "died", "unreadable", "flooded", "memory"}
        A value came back, an exception was raised, or the call did not end well.
    value : object
        The value, decoded; only plain data and numpy arrays.
    error : str
        The exception's type name for "error".
    bases : tuple of str
        Names of that type and of its base classes.
    text : str
        The exception's text, or what went wrong.
    where : str
        The lines of the student's module that were active.
    alive : int
        Processes of the answer still alive when it was stopped, for "timeout".
    requests : tuple of Request
        What the site of the case or the work was asked, as the server saw it.
    """

    kind: Literal["value", "error", "timeout", "died", "unreadable", "flooded", "memory"]
    value: Any = None
    error: str = ""
    bases: tuple[str, ...] = ()
    text: str = ""
    where: str = ""
    alive: int = 0
    requests: tuple[Request, ...] = ()

    def in_words(self) -> str:
        """What came, in words, for the failure of a check that wanted something else."""
        if self.kind == "value":
            return f"got {shortened(self.value)}"
        if self.kind == "error":
            at = f"\n{self.where}" if self.where else ""
            return f"it raised {self.error}: {self.text}{at}" if self.text else f"it raised {self.error}{at}"
        return f"it {self.text}"


class Expectation:
    """Says what is wrong with an outcome; an empty string if nothing is."""

    def problem(self, outcome: Outcome) -> str:
        """What was expected and what came instead, or an empty string."""
        raise NotImplementedError


@dataclass(frozen=True)
class Equals(Expectation):
    """The value is exactly this: same types of containers, same order, equal numbers."""

    expected: Any

    def problem(self, outcome: Outcome) -> str:
        """See `Expectation.problem`."""
        if outcome.kind != "value":
            return f"expected {_summary(self.expected)}, but {outcome.in_words()}"
        return difference(self.expected, outcome.value)


@dataclass(frozen=True)
class Raises(Expectation):
    """The call raises this type of exception (or a subclass), with this in its text.

    Parameters
    ----------
    error : str
        Name of the exception's type.
    mentions : str
        Must occur in the exception's text, whatever its case.
    """

    error: str
    mentions: str = ""

    def problem(self, outcome: Outcome) -> str:
        """See `Expectation.problem`."""
        wanted = f"expected {self.error}" + (f" with {self.mentions!r} in its text" if self.mentions else "")
        if outcome.kind != "error" or self.error not in outcome.bases:
            return f"{wanted}, but {outcome.in_words()}"
        if self.mentions.lower() not in outcome.text.lower():
            return f"{wanted}, but its text is {outcome.text!r}"
        return ""


@dataclass(frozen=True)
class Satisfies(Expectation):
    """The value passes a test of the exercise's own: a function from value to problem."""

    test: Callable[[Any], str]
    expected: str

    def problem(self, outcome: Outcome) -> str:
        """See `Expectation.problem`."""
        if outcome.kind != "value":
            return f"expected {self.expected}, but {outcome.in_words()}"
        return self.test(outcome.value)


@dataclass(frozen=True)
class Asked(Expectation):
    """A value came, and what the site was asked passes a test: a function from requests to problem."""

    test: Callable[[Sequence[Request]], str]
    expected: str

    def problem(self, outcome: Outcome) -> str:
        """See `Expectation.problem`."""
        if outcome.kind != "value":
            return f"expected {self.expected}, but {outcome.in_words()}"
        return self.test(outcome.requests)


@dataclass(frozen=True)
class Check:
    """One promise, looked at in one outcome; becomes a finding.

    Parameters
    ----------
    name : str
        The finding's name. Checks of the same name, in several cases, become one finding.
    expectation : Expectation
        What the outcome must be.
    hint : str
        Likely cause of a failure and the next step; never the answer.
    weight : float
        Share of the correctness points.
    essential : bool
        See `autograder.findings.Finding`.
    in_time : bool
        The promise is to end in time. Then `hint` is given to a call that had to be stopped, too;
        otherwise such a call gets the harness's own hint about calls that hang.
    """

    name: str
    expectation: Expectation
    hint: str = ""
    weight: float = 1.0
    essential: bool = False
    in_time: bool = False


@dataclass(frozen=True)
class Case:
    """One call of the student's function, in a sandbox of its own.

    Parameters
    ----------
    arguments : tuple
        Data, and tasks of `autograder.tasks`; or one driver of `autograder.drivers`, which makes the
        arguments in the box.
    checks : tuple of Check
        What must hold of the outcome.
    on : str
        The input in words, for messages; by default the arguments.
    seconds : float
        Time limit. A hang is a finding, so this is generous.
    site : Site, optional
        Served for the time of the call; its urls may stand in the arguments.
    memory : int, optional
        Bytes that this call may use, where that is less than usual: what is read bit by bit fits in.
    """

    arguments: tuple[Any, ...]
    checks: tuple[Check, ...]
    on: str = ""
    seconds: float = 10.0
    site: Site | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Call:
    """A function of `autograder.ideal` and its arguments."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Work:
    """One piece of work to time: the same inputs for the student, the ideal split and the serial run.

    Parameters
    ----------
    arguments : tuple
        For the student's function.
    ideal, serial : Call
        The harness's own ways; what `ideal` returns is the expected value.
    problem : callable
        From (expected, got) to what is wrong, empty if nothing is.
    site : Site, optional
        Served to each of the three for the time of its call; its urls may stand in the arguments.
    asked : callable
        From what the student's function asked the site to what is wrong with that, empty if nothing is.
    """

    arguments: tuple[Any, ...]
    ideal: Call
    serial: Call
    problem: Callable[[Any, Any], str]
    site: Site | None = None
    asked: Callable[[Sequence[Request]], str] = lambda requests: ""


@dataclass(frozen=True)
class SpeedRule:
    """How fast is fast enough.

    Parameters
    ----------
    threshold : float
        Efficiency that earns the speed points.
    kind : {"cpu", "wall"}
        "cpu" for work that keeps cores busy, judged by scheduler accounting where there is one;
        "wall" for work that waits, judged by the clock.
    seconds : float
        Roughly how long the ideal split takes, in seconds.
    """

    threshold: float
    kind: Literal["cpu", "wall"] = "cpu"
    seconds: float = 0.3


class Exercise:
    """One graded function. Subclass it in ``checks.py``; the class's attributes are its declaration."""

    #: ``name(parameters)``, as students write it; the name is the module's and the solution cell's too.
    signature: ClassVar[str]
    correctness_points: ClassVar[float] = 2.0
    speed_points: ClassVar[float] = 0.0
    speed: ClassVar[SpeedRule | None] = None
    #: What must be unbound from the answer when it returned; see the finding of the same name.
    leftovers_weight: ClassVar[float] = 1.0

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.signature.partition("(")[0].strip()

    @property
    def max_points(self) -> float:
        """Points that a right and fast answer earns."""
        return self.correctness_points + (self.speed_points if self.speed else 0.0)

    def cases(self, rng: random.Random, processes: int) -> Iterator[Case]:
        """Draw the cases, essential ones first.

        Parameters
        ----------
        rng : random.Random
            Seeded by the harness; draw everything from it.
        processes : int
            Workers that this machine can keep busy, at least 2.
        """
        raise NotImplementedError

    def work(self, rng: random.Random, processes: int) -> Work:
        """Draw one piece of work for a speed run; only needed where `speed` is set."""
        raise NotImplementedError


def difference(expected: Any, got: Any, at: str = "the result") -> str:
    """Say where two values differ first, with both values; an empty string if they do not.

    Containers must be of the same type; numbers compare by value, but a bool is no number and NaN
    equals only NaN.

    Examples
    --------
    >>> difference([1, 2, 3], [1, 5, 3])
    'expected result[1] to be 2, got 5'
    >>> difference([1], (1,))
    'expected the result to be a list, got a tuple: (1,)'
    """
    numbers = (int, float)
    if type(expected) in numbers and type(got) in numbers:
        same = expected == got or (expected != expected and got != got)
        return "" if same else f"expected {at} to be {shortened(expected)}, got {shortened(got)}"
    if type(expected) is not type(got):
        plain = expected is None or isinstance(expected, (bool, int, float, str, bytes))
        wanted = shortened(expected) if plain else _a(type(expected).__name__)
        return f"expected {at} to be {wanted}, got {_came(got)}"
    if isinstance(expected, (list, tuple)):
        base = "result" if at == "the result" else at
        if len(expected) != len(got):
            return f"expected {at} to have {len(expected)} items, got {len(got)}: {shortened(got)}"
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            found = difference(one, other, f"{base}[{index}]")
            if found:
                return found
        return ""
    if isinstance(expected, dict):
        base = "result" if at == "the result" else at
        for key in expected:
            if key not in got:
                return f"expected {at} to have the key {shortened(key)}, but it has not"
            found = difference(expected[key], got[key], f"{base}[{shortened(key)}]")
            if found:
                return found
        extra = next((key for key in got if key not in expected), None)
        same = len(got) == len(expected)
        return "" if same else f"{at} has the key {shortened(extra)}, which was not expected"
    if type(expected).__module__ == "numpy":
        return _array_difference(expected, got, at)
    return "" if expected == got else f"expected {at} to be {shortened(expected)}, got {shortened(got)}"


def _array_difference(expected: Any, got: Any, at: str) -> str:
    import numpy

    if expected.shape != got.shape or expected.dtype != got.dtype:
        return (
            f"expected {at} to be an array of shape {expected.shape} and dtype {expected.dtype}, "
            f"got shape {got.shape} and dtype {got.dtype}"
        )
    wrong = numpy.argwhere(~((expected == got) | ((expected != expected) & (got != got))))
    if not len(wrong):
        return ""
    place = tuple(int(index) for index in wrong[0])
    one, other = expected[place].item(), got[place].item()
    base = "result" if at == "the result" else at
    where, many = f"{base}{list(place)}" if place else at, len(wrong) > 1
    count = f" ({len(wrong)} values differ)" if many else ""
    return f"expected {where} to be {one!r}, got {other!r}{count}"


def _a(name: str) -> str:
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} {name}"


def _summary(value: Any) -> str:
    """A value that is not to be compared now: itself if it is short, else its type and length."""
    text = shortened(value)
    sized = len(text) > 60 and isinstance(value, (list, tuple, dict, set))
    return f"{_a(type(value).__name__)} of {len(value)} items" if sized else text


def _came(got: Any) -> str:
    if got is None:
        return "None"
    return _a(got.type_name) if isinstance(got, Opaque) else f"{_a(type(got).__name__)}: {shortened(got)}"


def shortened(value: Any, length: int = 160) -> str:
    """The repr of a value, with its middle left out if it is long."""
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to write out an int of thousands of digits, and an answer may hold one.
        return f"<{_a(type(value).__name__)} with more than {sys.get_int_max_str_digits()} digits>"
    if len(text) <= length:
        return text
    half = (length - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def spread(count: int, shares: int) -> list[list[int]]:
    """Deal `count` equal items to `shares` workers, one by one.

    Examples
    --------
    >>> spread(5, 2)
    [[0, 2, 4], [1, 3]]
    """
    return [list(range(first, count, shares)) for first in range(min(shares, count))]


def spread_by_cost(costs: Sequence[float], shares: int) -> list[list[int]]:
    """Deal items of known cost to workers, the dearest first, each to whoever has least to do.

    References
    ----------
    Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on Applied Mathematics 17(2), 1969.

    Examples
    --------
    >>> spread_by_cost([1, 1, 2], 2)
    [[2], [0, 1]]
    """
    return _deal(sorted(range(len(costs)), key=lambda index: (-costs[index], index)), costs, shares)


def spread_in_order(costs: Sequence[float], shares: int) -> list[list[int]]:
    """Deal items of known cost to workers, in their order, each to whoever is free first.

    The split of a pool that hands out one item at a time: what a perfect answer reaches where nobody
    can know the costs beforehand.

    Examples
    --------
    >>> spread_in_order([1, 3, 1, 2], 2)
    [[0, 2, 3], [1]]
    """
    return _deal(range(len(costs)), costs, shares)


def _deal(order: Iterable[int], costs: Sequence[float], shares: int) -> list[list[int]]:
    """Deal items in this order, each to whoever has least to do so far."""
    dealt: list[list[int]] = [[] for _ in range(shares)]
    loads = [0.0] * shares
    for index in order:
        least = loads.index(min(loads))
        dealt[least].append(index)
        loads[least] += costs[index]
    return dealt
