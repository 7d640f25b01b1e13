"""Answers as people write them, judged: the right ones earn all, the wrong ones are caught, and told why.

Each file under corpus/UNIT/EXERCISE/ begins with what the verdict must be:

    # correct: yes | no
    # speed: pass | fail | not-measured     (not-measured: the corpus does not time it)
    # slow: yes                             (hangs for a while, or starts slowly)
    # caught by: NAME OF THE FINDING        (only if it is wrong)

`make test` judges correctness. The speed verdicts take minutes and the machine to themselves:
`pytest -m timing autograder/tests/test_corpus.py`.
"""

from __future__ import annotations

import multiprocessing
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.bench.plan import read_head
from autograder.calls import Settings
from autograder.course import Course
from autograder.findings import Report
from autograder.harness import judge
from autograder.machine import usable_cores
from autograder.render import as_text
from autograder.sandbox import choose

ROOT = Path(__file__).resolve().parents[2]
METHODS = multiprocessing.get_all_start_methods()


@dataclass(frozen=True)
class Answer:
    """One file of the corpus and what its head says."""

    path: Path
    head: dict[str, str]

    @property
    def exercise(self) -> str:
        return self.path.parent.name

    @property
    def unit(self) -> str:
        return self.path.parents[1].name

    @property
    def right(self) -> bool:
        return self.head["correct"] == "yes"


def read(path: Path) -> Answer:
    return Answer(path, read_head(path.read_text()))


def answers(folder: Path) -> list[Answer]:
    return [read(path) for path in sorted(folder.glob("*/*/*.py"))]


CORPUS = answers(Path(__file__).with_name("corpus"))
TIMED = [answer for answer in CORPUS if answer.head["speed"] != "not-measured"]


def named(chosen: list[Answer]) -> list[object]:
    """Parameters with an id each, the slow ones marked."""
    return [
        pytest.param(
            answer,
            id=f"{answer.exercise}-{answer.path.stem}",
            marks=[pytest.mark.slow] if "slow" in answer.head else [],
        )
        for answer in chosen
    ]


UNITS = {name: Course(ROOT).unit(name) for name in sorted({answer.unit for answer in CORPUS})}


def judged(answer: Answer, **settings: object) -> Report:
    unit = UNITS[answer.unit]
    sources = {answer.exercise: answer.path.read_text()}
    return judge(unit.exercise(answer.exercise), unit.name, sources, Settings(choose(), **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_the_corpus_is_large_enough_and_its_heads_are_complete(unit):
    chosen = [answer for answer in CORPUS if answer.unit == unit.name]
    right = Counter(answer.exercise for answer in chosen if answer.right)
    wrong = Counter(answer.exercise for answer in chosen if not answer.right)
    assert set(right) == set(wrong) == set(unit.exercises)
    assert min(right.values()) >= 4 and min(wrong.values()) >= 8
    for answer in chosen:
        assert answer.head["correct"] in ("yes", "no"), answer.path
        assert answer.head["speed"] in ("pass", "fail", "not-measured"), answer.path
        assert ("caught by" in answer.head) != answer.right, answer.path
        assert answer.path.stem.startswith("wrong_") != answer.right, answer.path


@pytest.fixture(scope="module")
def reports(request: pytest.FixtureRequest) -> Iterator[dict[Path, Future[Report]]]:
    """What is said of the correctness of each answer that is to be tested, judged on all cores."""
    parameters = [item.callspec.params for item in request.session.items if "reports" in item.fixturenames]
    with ThreadPoolExecutor(usable_cores()) as pool:
        yield {
            chosen["answer"].path: pool.submit(judged, chosen["answer"], speed=False) for chosen in parameters
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("answer", named(CORPUS))
def test_the_verdict_on_correctness_is_right(answer, reports):
    report = reports[answer.path].result()
    said = as_text(report)
    assert report.correct == answer.right, said
    if answer.right:
        assert report.correctness_points == report.max_correctness_points, said
        return
    assert report.correctness_points < report.max_correctness_points, said
    assert_caught_and_explained(report, answer.head["caught by"], said)


def assert_caught_and_explained(report: Report, name: str, said: str) -> None:
    """The finding failed, says on which input what was seen, and gives a hint that is no answer."""
    failed = {finding.name: finding for finding in report.findings if not finding.passed}
    assert name in failed, said
    told = [finding for finding in failed.values() if not finding.message.startswith("not tried, since ")]
    assert len(told) == 1 or all(finding.hint for finding in told), said
    for finding in told:
        assert re.match(r"on .+: ", finding.message) and finding.hint, said
        assert not re.search(r"chunksize|imap|initializer|terminate", finding.hint), said
        assert len(finding.message) < 1000 and "Traceback" not in finding.message, said


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", named([answer for answer in CORPUS if answer.right]))
def test_a_right_answer_is_right_under_every_start_method(answer, method):
    report = judged(answer, speed=False, start_method=method)
    assert report.correct, as_text(report)


def test_hints_name_only_sections_that_the_lecture_has():
    texts = [(unit.source / "checks.py").read_text() for unit in UNITS.values()]
    named = re.findall(r'"([^"\n]+)" in lecture (\d\d)', "".join(texts))
    assert named
    for quoted, number in named:
        (lecture,) = (ROOT / "lectures/text").glob(f"{number}-*.md")
        assert quoted in re.findall(r"^#+ (?:\d+\. )?(.+)$", lecture.read_text(), re.MULTILINE)


# Speed -----------------------------------------------------------------------------------------------

verdicts: Counter[str] = Counter()


@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.parametrize("answer", [pytest.param(one, id=f"{one.exercise}-{one.path.stem}") for one in TIMED])
def test_the_verdict_on_speed_is_never_the_wrong_one(answer, record_property):
    report = judged(answer)
    assert report.speed is not None, as_text(report)
    verdict, expected = report.speed.verdict, answer.head["speed"]
    verdicts["right" if verdict == expected else verdict] += 1
    record_property("verdict", verdict)
    print(f"{verdict} (expected {expected}): {report.speed.reason}")
    assert verdict in (expected, "inconclusive"), as_text(report)


@pytest.fixture(scope="module", autouse=True)
def tell_how_many_stayed_open(request: pytest.FixtureRequest):
    """Print the count of verdicts at the end of the module, over pytest's capture."""
    yield
    if verdicts:
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\nspeed verdicts: {dict(verdicts)}")
