"""What the bench judges, in a balanced order, and only under one version of the measuring code."""

from __future__ import annotations

from collections import Counter

import pytest

from autograder.bench.plan import CORPUS, Answer, BenchError, chosen, plan, read_corpus

ANSWERS = [Answer("02-pool", exercise, name, "pass", "") for exercise in "fg" for name in "abc"]
CONDITIONS = ["quiet", "one-busy", "disk"]


def test_every_timed_answer_of_the_corpus_is_taken_and_no_other():
    taken = {answer.label: answer.expected for answer in read_corpus()}
    for path in CORPUS.glob("*/*/*.py"):
        [speed] = [line.split()[-1] for line in path.read_text().splitlines() if line.startswith("# speed: ")]
        assert taken.get(f"{path.parent.name}/{path.stem}", "not-measured") == speed
    assert len(taken) == len(read_corpus()) > 50


def test_each_trial_is_planned_once():
    trials = plan(ANSWERS, CONDITIONS, trials=2, seed=1)
    assert Counter(trial.key for trial in trials) == {
        (answer.exercise, answer.name, condition, number): 1
        for answer in ANSWERS for condition in CONDITIONS for number in range(2)
    }  # fmt: skip


def test_wherever_the_bench_is_interrupted_answers_and_conditions_are_balanced():
    trials = plan(ANSWERS, CONDITIONS, trials=3, seed=7)
    for end in range(1, len(trials) + 1):
        by_answer = Counter(trial.answer for trial in trials[:end])
        assert max(by_answer.values()) - min(by_answer[answer] for answer in ANSWERS) <= 1
    for passed in range(0, len(trials), len(ANSWERS)):
        by_condition = Counter(trial.condition for trial in trials[: passed + len(ANSWERS)])
        assert max(by_condition.values()) - min(by_condition[name] for name in CONDITIONS) <= 3


def test_more_trials_come_after_those_there_were():
    assert plan(ANSWERS, CONDITIONS, 3, seed=1)[: 2 * 18] == plan(ANSWERS, CONDITIONS, 2, seed=1)


def test_the_order_is_drawn_from_the_seed():
    assert plan(ANSWERS, CONDITIONS, 1, seed=1) != plan(ANSWERS, CONDITIONS, 1, seed=2)
    assert plan(ANSWERS, CONDITIONS, 1, seed=1) != sorted(
        plan(ANSWERS, CONDITIONS, 1, seed=1), key=lambda trial: trial.key
    )


def test_a_choice_keeps_what_was_asked_for():
    assert {answer.label for answer in chosen(ANSWERS, ["f"], ["a", "b"])} == {"f/a", "f/b"}
    assert chosen(ANSWERS, [], []) == ANSWERS


@pytest.mark.parametrize(("exercises", "names"), [(["h"], []), ([], ["z"])])
def test_a_word_that_chooses_nothing_is_told_with_what_there_is(exercises, names):
    with pytest.raises(BenchError, match=r"called '(h|z)'\. There are: (f, g|a, b, c)\."):
        chosen(ANSWERS, exercises, names)
