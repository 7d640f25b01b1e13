"""The bench keeps every verdict it reached, does none twice, and never mixes two versions of the code.

Here verdicts are made up, so that this is fast; at the end the whole bench runs on two real answers.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import verdict
from autograder.bench import verdicts
from autograder.bench.plan import Answer, BenchError, plan
from autograder.bench.verdicts import LINES, SET_ASIDE, Bench, append, key_of, pack, read_lines, unpack
from autograder.calls import Settings
from autograder.course import Course
from autograder.sandbox import Bare
from autograder.verdict import Block, Usage

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = [
    Answer("02-pool", "parallel_map", "serial", "fail", "def parallel_map(): ..."),
    Answer("02-pool", "parallel_map", "pool", "pass", "from multiprocessing import Pool"),
]
CONDITIONS = ["quiet", "one-busy"]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Return a function that makes a bench whose verdicts are made up; `judged` lists its trials."""
    judged = []

    def judge(self, trial, seed, stage=None):
        judged.append(trial.key)
        return made(self, trial)

    def make(answers=ANSWERS):
        monkeypatch.setattr(Bench, "judge", judge)
        made = Bench(Course(ROOT), answers, Settings(Bare(), processes=2), tmp_path / "out")
        judged.clear()
        made.judged = judged
        return made

    return make


def made(bench, trial, **changed):
    answer = trial.answer
    return {
        "unit": answer.unit, "exercise": answer.exercise, "answer": answer.name, "condition": trial.condition,
        "trial": trial.number, "expected": answer.expected, "verdict": answer.expected,
        "machine": bench.machine, "fingerprint": bench._prints[answer.exercise, answer.name],
        "reason": "made up",
    } | changed  # fmt: skip


def everything(trials=1, answers=ANSWERS):
    return plan(answers, CONDITIONS, trials, seed=1)


def test_every_trial_is_judged_in_its_order_and_is_on_file(bench):
    one = bench()
    told = list(one.run(everything(), seed=1))
    assert one.judged == [trial.key for trial in everything()] == [key_of(line) for line in one.lines()]
    assert [now.done for now in told] == [1, 2, 3, 4] and told[-1].planned == 4
    assert told[-1].seconds_left == 0 and told[-1].wrong == told[-1].undecided == 0


def test_what_is_on_file_is_not_done_again(bench):
    first = bench()
    running = first.run(everything(), seed=1)
    next(running)
    running.close()  # interrupted after one
    assert len(first.lines()) == 1
    second = bench()
    told = list(second.run(everything(), seed=1))
    assert second.judged == [trial.key for trial in everything()][1:]
    assert told[-1].done == 4
    third = bench()
    assert list(third.run(everything(), seed=1)) == [] and third.judged == []


def test_more_trials_add_the_missing_ones(bench):
    list(bench().run(everything(2), seed=1))
    again = bench()
    list(again.run(everything(3), seed=1))
    assert len(again.judged) == 4 and {number for *_, number in again.judged} == {2}
    assert len(again.lines()) == 12


def test_after_the_minutes_no_trial_is_started(bench):
    one = bench()
    assert list(one.run(everything(), seed=1, minutes=0)) == []
    assert one.judged == []


def test_wrong_and_undecided_verdicts_are_told_those_on_file_too(bench, monkeypatch):
    says = iter(["inconclusive", "not-measured", "pass", "fail"])
    one = bench()
    monkeypatch.setattr(Bench, "judge", lambda self, trial, *rest: made(self, trial, verdict=next(says)))
    told = list(one.run(everything(), seed=1))
    wrong = sum(line["verdict"] not in (line["expected"], "inconclusive") for line in one.lines())
    assert (told[-1].undecided, told[-1].wrong) == (1, wrong) and wrong >= 1
    [last] = list(bench().run(everything(2), seed=1))[-1:]
    assert (last.undecided, last.wrong) == (1, wrong)


def test_lines_of_other_code_answers_and_machines_are_set_aside(bench, tmp_path):
    list(bench().run(everything(), seed=1))
    changed = [ANSWERS[0], Answer("02-pool", "parallel_map", "pool", "pass", "changed")]
    one = bench(changed)
    assert one.set_aside() == 2 and one.set_aside() == 0
    assert {line["answer"] for line in read_lines(one.out / LINES)} == {"serial"}
    assert {line["answer"] for line in read_lines(one.out / SET_ASIDE)} == {"pool"}
    list(one.run(everything(answers=changed), seed=1))
    assert len(one.judged) == 2 and {name for _, name, _, _ in one.judged} == {"pool"}
    elsewhere = bench(changed)
    elsewhere.machine = "another machine"
    assert elsewhere.lines() == [] and elsewhere.set_aside() == 4
    assert len(read_lines(one.out / SET_ASIDE)) == 6


def test_code_that_changes_while_the_bench_runs_stops_it(tmp_path, monkeypatch):
    # Found before anything is started: here nothing is made up.
    one = Bench(Course(ROOT), ANSWERS, Settings(Bare(), processes=2), tmp_path)
    monkeypatch.setattr(verdicts, "fingerprint", lambda answer, exercise, checks: "changed")
    with pytest.raises(BenchError, match="changed while the bench ran"):
        list(one.run(everything(), seed=1))
    assert one.lines() == []


def test_trials_that_cannot_be_judged_are_tried_again_and_end_the_bench(bench, monkeypatch):
    one = bench()

    def fail(self, trial, *rest):
        line = made(self, trial, reason="SandboxError: no sandbox")
        del line["verdict"]
        return line

    monkeypatch.setattr(Bench, "judge", fail)
    with pytest.raises(BenchError, match=r"3 trials in a row .* no sandbox"):
        list(one.run(everything(), seed=1))
    assert one.lines() == [] and len(read_lines(one.out / SET_ASIDE)) == 3
    again = bench()
    list(again.run(everything(), seed=1))
    assert len(again.judged) == 4


def test_a_line_that_was_torn_is_not_read_and_is_cut_off(bench):
    one = bench()
    list(one.run(everything(), seed=1))
    path = one.out / LINES
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert len(one.lines()) == 3
    list(bench().run(everything(), seed=1))
    assert [
        json.loads(line)["verdict"] for line in path.read_text().splitlines()
    ] and path.read_bytes() == whole


def test_a_file_of_something_else_is_refused_with_its_line(tmp_path):
    path = tmp_path / LINES
    append(path, {"exercise": "f"})
    with pytest.raises(BenchError, match=r"line 1 of .* is not a line of this bench"):
        read_lines(path)


def test_one_core_is_not_enough(tmp_path):
    with pytest.raises(BenchError, match="one usable core"):
        Bench(Course(ROOT), ANSWERS, Settings(Bare(), processes=1), tmp_path)


MANY = tuple((0.01 * number, 0.004 * number) for number in range(1, 12))
THREADS = ((0.9, 0.2), (0.4, 0.1), (0.01, 0.3), (0.2, 0.5), *MANY)
MOMENTS = ((0.6, 0.9, 0.3), (0.6, 0.61, 0.8))


@pytest.mark.parametrize("patience_of_ideal", [0.0, 0.4, 1.5])
def test_a_usage_on_file_gives_the_same_efficiency(patience_of_ideal):
    yours = Usage(1.2, 1.51, 1.1, 5, idle=0.1, threads=THREADS, moments=MOMENTS)
    waited = 0.7 * patience_of_ideal
    ideal = Usage(0.8, 1.42, 2 * waited, 3, threads=((0.7, waited), (0.69, waited), (0.01, 0.0)))
    kept = Block(unpack(pack(yours)), unpack(pack(ideal)))
    expected = verdict.efficiencies([Block(yours, ideal)], 2, "scheduler")
    assert verdict.efficiencies([kept], 2, "scheduler") == pytest.approx(expected, rel=1e-3)
    assert len(pack(yours)[5]) == 10 < len(THREADS)
    assert unpack(pack(Usage(1.0, 1.0, 0.0, 1))) == Usage(1.0, 1.0, 0.0, 1)


# The whole bench on real answers -------------------------------------------------------------------


def autograder(*words, **kwargs):
    command = [sys.executable, "-m", "autograder.cli", "bench", "verdicts", *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, **kwargs
    )


def test_a_word_that_means_nothing_is_refused(tmp_path):
    for words in (["--condition", "stormy"], ["--answer", "unheard_of"], ["--exercise", "unheard_of"]):
        with autograder(*words, "--out", str(tmp_path)) as process:
            said = process.communicate(timeout=60)[1]
        assert process.returncode == 2 and words[1] in said
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timing
def test_the_bench_judges_real_answers_and_goes_on_where_it_was_interrupted(tmp_path, marked):
    words = ["--trials", "1", "--exercise", "parallel_map", "--answer", "pool_map", "--answer", "serial"]
    words += ["--condition", "quiet", "--condition", "all-busy", "--out", str(tmp_path)]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}
    with autograder(*words, env=environment) as process:
        assert process.stderr.readline().startswith("1/4 ")
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=300)[1]
    assert process.returncode == 130, said
    assert not marked(str(scratch))
    kept = read_lines(tmp_path / LINES)
    assert len(kept) in (1, 2)
    assert json.loads((tmp_path / "results.json").read_text())["all"]["verdicts"] == len(kept)

    with autograder(*words, env=environment) as process:
        table, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    lines = read_lines(tmp_path / LINES)
    assert len(lines) == 4 and lines[: len(kept)] == kept
    assert "4 speed verdicts" in table
    for line in lines:
        assert line["verdict"] in (line["expected"], "inconclusive"), line
        assert set(line["others"]) == {"one run", "min of 3", "1.2 T_ref"}
        assert_recomputed(line)
    for name in ("results.json", "table.md", "plot.png", "plot.svg"):
        assert (tmp_path / name).stat().st_size > 500
    assert not marked(str(scratch))


def assert_recomputed(line):
    """What is on file is enough to reach the same verdict again."""
    blocks = [Block(unpack(block["yours"]), unpack(block["ideal"])) for block in line["blocks"]]
    efficiencies = verdict.efficiencies(blocks, line["processes"], "scheduler")
    decision = verdict.decide(efficiencies, verdict.Rule(line["threshold"]))
    assert decision is not None and decision.verdict == line["verdict"]
    assert decision.efficiency == pytest.approx(line["efficiency"], rel=1e-4)
