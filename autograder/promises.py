"""What the promises of several units have in common: results all there, in order, and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

from autograder.exercise import Satisfies, difference, shortened


def key(rng: Random) -> str:
    """A key that no earlier call had: 16 hexadecimal digits."""
    return f"{rng.getrandbits(64):016x}"


def count(number: int, what: str) -> str:
    """A number of things in words.

    Examples
    --------
    >>> count(1, "worker"), count(2, "worker")
    ('1 worker', '2 workers')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def same_members(expected: Sequence[Any], got: Any) -> str:
    """What is wrong with a list that should hold these values, in whatever order.

    Examples
    --------
    >>> same_members(["a", "b"], ["b", "a"]), same_members(["a", "b"], ["b"])
    ('', 'expected 2 results, got 1')
    """
    if type(got) is not list:
        return difference(expected, got)
    if len(got) != len(expected):
        return f"expected {count(len(expected), 'result')}, got {len(got)}"
    left = list(expected)
    for value in got:
        place = next((place for place, one in enumerate(left) if not difference(one, value)), None)
        if place is None:
            return f"a result that func never gave (or gave less often) is in the list: {shortened(value)}"
        del left[place]
    return ""


def members(expected: Sequence[Any]) -> Satisfies:
    """An expectation: these results. Whether they are in order is another check's question."""
    return Satisfies(partial(same_members, expected), f"a list of {count(len(expected), 'result')}")


def in_order(call: str, items: Sequence[Any], expected: Sequence[Any], got: Any) -> str:
    """What is wrong with a list that should hold these values in this order; names items mixed up.

    Parameters
    ----------
    call : str
        What made each value of its item, for the message.
    items, expected : sequence
        Items, and what is right for each.
    got : object
        What came.

    Examples
    --------
    >>> in_order("func", [1, 2], ["one", "two"], ["two", "one"])
    'result[0] should be func(1), but it is func(2)'
    """
    found = difference(expected, got)
    if found and type(got) is list and len(got) == len(expected):
        place = next(place for place, one in enumerate(expected) if difference(one, got[place]))
        if type(got[place]) is str and got[place] in expected:
            came = items[list(expected).index(got[place])]
            return f"result[{place}] should be {call}({items[place]!r}), but it is {call}({came!r})"
    return found
