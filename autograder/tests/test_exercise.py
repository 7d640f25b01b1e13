"""How an exercise's expectations look at an outcome: what they find, and in which words."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from autograder.exercise import (
    Equals,
    Exercise,
    Outcome,
    Raises,
    Satisfies,
    SpeedRule,
    difference,
    shortened,
    spread,
    spread_by_cost,
)
from autograder.protocol import Opaque

NAN = math.nan
HUGE = 10**5000  # more digits than Python writes out


def value(got: object) -> Outcome:
    return Outcome("value", value=got)


# difference ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "same",
    [
        None,
        True,
        0,
        -1.5,
        NAN,
        math.inf,
        HUGE,
        "",
        "слово",
        b"\0",
        [],
        [1, [2.0, (3, None)]],
        (NAN, [NAN]),
        {"a": [1], 2: {"b": NAN}},
        {1, 2},
        frozenset({"x"}),
        np.array([[1.0, NAN]]),
        np.array(5),
        np.zeros((0, 3), dtype=np.int8),
        np.array([True, False]),
    ],
    ids=shortened,
)
def test_a_value_does_not_differ_from_itself(same):
    assert difference(same, same) == ""


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (0.0, -0.0), ([2], [2.0]), ({"a": 1, "b": 2}, {"b": 2, "a": 1})]
)
def test_numbers_compare_by_value_and_dicts_without_order(one, other):
    assert difference(one, other) == difference(other, one) == ""


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        (2, 5, "expected the result to be 2, got 5"),
        (1, True, "expected the result to be 1, got a bool: True"),
        (True, 1, "expected the result to be True, got an int: 1"),
        (0, False, "expected the result to be 0, got a bool: False"),
        (NAN, 1.0, "expected the result to be nan, got 1.0"),
        (1.0, NAN, "expected the result to be 1.0, got nan"),
        (1, "1", "expected the result to be 1, got a str: '1'"),
        ("1", 1, "expected the result to be '1', got an int: 1"),
        (None, [], "expected the result to be None, got a list: []"),
        ([], None, "expected the result to be a list, got None"),
        ([], (), "expected the result to be a list, got a tuple: ()"),
        ([1], Opaque("map", "<map object>"), "expected the result to be a list, got a map"),
        ([1], Opaque("IMapIterator", "<…>"), "expected the result to be a list, got an IMapIterator"),
        ([1, 2], [1], "expected the result to have 2 items, got 1: [1]"),
        ([1, 2, 3], [1, 5, 6], "expected result[1] to be 2, got 5"),
        ([1, [2, (3, 4)]], [1, [2, (3, 5)]], "expected result[1][1][1] to be 4, got 5"),
        ([{"a": [1]}], [{"a": [2]}], "expected result[0]['a'][0] to be 1, got 2"),
        ({"a": 1}, {}, "expected the result to have the key 'a', but it has not"),
        ({}, {"b": 1}, "the result has the key 'b', which was not expected"),
        ([{}], [{"b": 1}], "result[0] has the key 'b', which was not expected"),
        ({"a": 1}, {"a": 2}, "expected result['a'] to be 1, got 2"),
        ({1}, {2}, "expected the result to be {1}, got {2}"),
        ("ab", "ac", "expected the result to be 'ab', got 'ac'"),
        (b"ab", b"ac", "expected the result to be b'ab', got b'ac'"),
        (1, HUGE, "expected the result to be 1, got <an int with more than 4300 digits>"),
        ([1], [[HUGE]], "expected result[0] to be 1, got a list: <a list with more than 4300 digits>"),
        (1, {HUGE: 1}, "expected the result to be 1, got a dict: <a dict with more than 4300 digits>"),
        ({}, {HUGE: 1}, "the result has the key <an int with more than 4300 digits>, which was not expected"),
    ],
    ids=lambda value: shortened(value, 30),
)  # fmt: skip
def test_difference_says_where_and_what(expected, got, said):
    assert difference(expected, got) == said


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        (
            np.zeros((2, 2)),
            np.zeros((2, 3)),
            "expected the result to be an array of shape (2, 2) and dtype float64, "
            "got shape (2, 3) and dtype float64",
        ),
        (
            np.zeros(2),
            np.zeros(2, dtype=np.int64),
            "expected the result to be an array of shape (2,) and dtype float64, "
            "got shape (2,) and dtype int64",
        ),
        (
            np.array([[1, 2], [3, 4]]),
            np.array([[1, 2], [5, 6]]),
            "expected result[1, 0] to be 3, got 5 (2 values differ)",
        ),
        (np.array([1.0, NAN]), np.array([NAN, NAN]), "expected result[0] to be 1.0, got nan"),
        (np.array(1), np.array(2), "expected the result to be 1, got 2"),
        (np.array([1]), [1], "expected the result to be a ndarray, got a list: [1]"),
    ],
)  # fmt: skip
def test_arrays_differ_by_shape_dtype_and_value(expected, got, said):
    assert difference(expected, got) == said


def test_arrays_inside_containers_are_compared_too():
    assert difference([np.zeros(2)], [np.zeros(2)]) == ""
    found = difference({"a": np.zeros(2)}, {"a": np.ones(2)})
    assert found == "expected result['a'][0] to be 0.0, got 1.0 (2 values differ)"


def test_long_values_lose_their_middle():
    said = difference([1] * 1000, [2] * 1000 + [3])
    assert said.startswith("expected the result to have 1000 items, got 1001: [2, 2, ") and " ... " in said
    assert len(said) < 250
    assert shortened("a" * 500, 20) == "'aaaaaa ... aaaaaa'"
    assert len(shortened("a" * 500, 21)) == 21
    assert shortened([1, 2]) == "[1, 2]"


def test_difference_of_random_nestings_finds_exactly_the_one_change():
    rng = random.Random(5)

    def grow(depth: int) -> object:
        kinds = [int, str, None] if depth == 0 else [list, tuple, dict]
        kind = rng.choice(kinds)
        if kind is list or kind is tuple:
            return kind(grow(depth - 1) for _ in range(rng.randrange(1, 4)))
        if kind is dict:
            return {f"k{number}": grow(depth - 1) for number in range(rng.randrange(1, 4))}
        return kind and kind(rng.randrange(9))

    def change(tree: object) -> tuple[object, str]:
        """The tree with one leaf changed, and the path to it as difference writes it."""
        if isinstance(tree, (list, tuple)):
            place = rng.randrange(len(tree))
            new, path = change(tree[place])
            return type(tree)([*tree[:place], new, *tree[place + 1 :]]), f"[{place}]{path}"
        if isinstance(tree, dict):
            place = rng.choice(list(tree))
            new, path = change(tree[place])
            return {**tree, place: new}, f"[{place!r}]{path}"
        return "changed", ""

    for _ in range(300):
        tree = grow(rng.randrange(1, 5))
        changed, path = change(tree)
        assert difference(tree, tree) == ""
        assert difference(tree, changed).startswith(f"expected result{path} to be ")


# Outcomes and expectations ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (value([1, None]), "got [1, None]"),
        (value(HUGE), "got <an int with more than 4300 digits>"),
        (Outcome("error", error="KeyError", text="'a'"), "it raised KeyError: 'a'"),
        (Outcome("error", error="StopIteration"), "it raised StopIteration"),
        (
            Outcome("error", error="ValueError", text="bad", where="a.py, line 2: raise"),
            "it raised ValueError: bad\na.py, line 2: raise",
        ),
        (Outcome("timeout", text="was stopped after 10 s."), "it was stopped after 10 s."),
        (Outcome("died", text="ended without an answer."), "it ended without an answer."),
    ],
)
def test_an_outcome_in_words_continues_the_sentence_expected_this_but(outcome, words):
    assert outcome.in_words() == words


def test_equals_names_a_long_expectation_by_its_size_when_nothing_came():
    stopped = Outcome("timeout", text="was stopped after 10 s.")
    assert Equals([]).problem(stopped) == "expected [], but it was stopped after 10 s."
    assert (
        Equals(["x" * 9] * 50).problem(stopped)
        == "expected a list of 50 items, but it was stopped after 10 s."
    )


def test_equals_passes_equal_values_and_tells_the_difference_of_others():
    assert Equals([1, NAN]).problem(value([1, NAN])) == ""
    assert Equals([1, 2]).problem(value([2, 1])) == "expected result[0] to be 1, got 2"


def failed(error: str, text: str = "", *bases: str) -> Outcome:
    return Outcome("error", error=error, bases=(error, *bases, "Exception"), text=text)


def test_raises_takes_the_type_or_a_subclass_and_a_part_of_the_text_in_any_case():
    assert Raises("LookupError").problem(failed("LookupError")) == ""
    assert Raises("LookupError", "luck").problem(failed("KeyError", "Bad LUCK today", "LookupError")) == ""


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (value(None), "expected ValueError with 'processes' in its text, but got None"),
        (
            failed("KeyError", "x"),
            "expected ValueError with 'processes' in its text, but it raised KeyError: x",
        ),
        (
            failed("ValueError", "must be positive"),
            "expected ValueError with 'processes' in its text, but its text is 'must be positive'",
        ),
        (
            Outcome("timeout", text="was stopped after 10 s."),
            "expected ValueError with 'processes' in its text, but it was stopped after 10 s.",
        ),
    ],
)
def test_raises_says_what_came_instead(outcome, said):
    assert Raises("ValueError", "processes").problem(outcome) == said


def test_raises_does_not_mention_a_text_that_was_not_asked_for():
    assert Raises("ValueError").problem(value(1)) == "expected ValueError, but got 1"


def test_satisfies_asks_its_test_about_values_only():
    even = Satisfies(lambda got: "" if got % 2 == 0 else f"{got} is odd", "an even number")
    assert even.problem(value(4)) == ""
    assert even.problem(value(3)) == "3 is odd"
    assert even.problem(failed("OSError", "no")) == "expected an even number, but it raised OSError: no"


# Declarations ----------------------------------------------------------------------------------------


class Double(Exercise):
    signature = "double (items)"
    correctness_points = 3.0
    speed_points = 2.0


class FastDouble(Double):
    speed = SpeedRule(0.5)


def test_an_exercise_is_named_by_its_signature_and_speed_points_need_a_speed_rule():
    assert (Double().name, Double().max_points) == ("double", 3.0)
    assert (FastDouble().name, FastDouble().max_points) == ("double", 5.0)


# Shares ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 7, 24])
@pytest.mark.parametrize("shares", [1, 2, 3, 30])
def test_spread_deals_every_item_once_and_evenly(count, shares):
    dealt = spread(count, shares)
    assert sorted(index for share in dealt for index in share) == list(range(count))
    assert len(dealt) == min(count, shares) and all(dealt)
    assert max(map(len, dealt), default=0) - min(map(len, dealt), default=0) <= 1


def test_spread_by_cost_deals_every_item_once_and_keeps_grahams_bound():
    rng = random.Random(3)
    for _ in range(60):
        costs = [rng.choice([1.0, 1.0, 100.0, rng.random()]) for _ in range(rng.randrange(1, 8))]
        shares = rng.randrange(1, 4)
        dealt = spread_by_cost(costs, shares)
        assert len(dealt) == shares
        assert sorted(index for share in dealt for index in share) == list(range(len(costs)))
        makespan = max(sum(costs[index] for index in share) for share in dealt)
        best = min(
            max(sum(cost for cost, who in zip(costs, deal, strict=True) if who == share) for share in deal)
            for deal in itertools.product(range(shares), repeat=len(costs))
        )
        assert best - 1e-9 <= makespan <= (4 / 3 - 1 / (3 * shares)) * best + 1e-9


def test_spread_by_cost_separates_dear_neighbours():
    assert spread_by_cost([1, 100, 100, 1], 2) == [[1, 0], [2, 3]]
