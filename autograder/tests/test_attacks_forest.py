"""The forest lab asks for workers of one's own: who lets scikit-learn share out the trees earns nothing.

`n_jobs` gives a right forest, and fast. It is only not what was asked for, and no measurement tells it from
an honest answer with threads. So the models that are handed over refuse it, by whatever name it comes.
Who mends scikit-learn's insides to have it back has written more than the answer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.bench.attacks import read_attacks
from autograder.calls import Settings
from autograder.course import Course, Unit, find_root
from autograder.findings import Report
from autograder.harness import judge
from autograder.render import as_text
from autograder.sandbox import Bubblewrap

pytestmark = pytest.mark.usefixtures("leaves_nothing")
CORPUS = Path(__file__).with_name("corpus") / "06-forest-lab"
RIGHT, WRONG = "data_in_a_file", "wrong_twins"

ALL_CORES = next(attack.path for attack in read_attacks("forest")).read_text()
FROM_OUTSIDE = """
import joblib

def train_in_parallel(model, tree_args, X, y, processes=None):
    with joblib.parallel_config(backend="threading", n_jobs=-1):
        return model(**tree_args).fit(X, y)
"""
ANOTHER_MODEL = """
from sklearn.ensemble import RandomForestClassifier

def train_in_parallel(model, tree_args, X, y, processes=None):
    grown = RandomForestClassifier(**tree_args, n_jobs=-1).fit(X, y)
    forest = model(**{**tree_args, "n_estimators": 1}).fit(X, y)
    forest.estimators_ = grown.estimators_
    return forest.set_params(**tree_args)
"""
IN_A_WORKER = """
from multiprocessing import Pool

def train_in_parallel(model, tree_args, X, y, processes=None):
    with Pool(1) as pool:
        return pool.apply(grow, (model, tree_args, X, y))

def grow(model, tree_args, X, y):
    return model(**tree_args).set_params(n_jobs=-1).fit(X, y).set_params(n_jobs=None)
"""
ONLY_WHEN_TIMED = (CORPUS / "train_in_parallel" / f"{RIGHT}.py").read_text().replace(
    "    with TemporaryDirectory", "    if X.shape[0] > 2200:\n"
    "        return model(**tree_args, n_jobs=-1).fit(X, y)\n    with TemporaryDirectory",
)  # fmt: skip
PREDICTING = """
def predict_in_parallel(forest, X, processes=None):
    forest.n_jobs = -1
    return forest.predict(X)
"""


@pytest.fixture(scope="module")
def unit() -> Unit:
    return Course(find_root(Path(__file__).parent)).unit("06-forest-lab")


def judged(unit: Unit, text: str, name: str = "train_in_parallel", speed: bool = False) -> Report:
    settings = Settings(Bubblewrap(), start_method="fork", processes=2, speed=speed)
    return judge(unit.exercise(name), unit.name, {name: text}, settings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train_in_parallel", ALL_CORES),
        pytest.param("train_in_parallel", FROM_OUTSIDE, marks=pytest.mark.slow),
        pytest.param("train_in_parallel", ANOTHER_MODEL, marks=pytest.mark.slow),
        pytest.param("train_in_parallel", IN_A_WORKER, marks=pytest.mark.slow),
        pytest.param("predict_in_parallel", PREDICTING, marks=pytest.mark.slow),
    ],
    ids=["all cores", "from outside", "another model", "in a worker", "predicting"],
)
def test_n_jobs_earns_nothing(unit: Unit, name: str, text: str) -> None:
    report = judged(unit, text, name)
    assert report.points == 0 and not report.correct, as_text(report)
    failed = next(finding for finding in report.findings if not finding.passed)
    assert failed.essential and "In this lab the workers are yours to build" in failed.message


def test_honest_answers_beside_it_are_marked_as_always(unit: Unit) -> None:
    right, wrong = (
        judged(unit, (CORPUS / "train_in_parallel" / f"{name}.py").read_text()) for name in (RIGHT, WRONG)
    )
    assert right.correct and right.points == right.max_correctness_points, as_text(right)
    assert not wrong.correct and 0 < wrong.points < wrong.max_correctness_points, as_text(wrong)


@pytest.mark.slow
@pytest.mark.timing
def test_n_jobs_in_the_timed_run_alone_earns_no_speed(unit: Unit) -> None:
    report = judged(unit, ONLY_WHEN_TIMED, speed=True)
    assert report.speed is not None and report.speed.verdict == "not-measured", as_text(report)
    assert report.speed_points == 0 and not report.correct
    assert "the workers are yours to build" in report.speed.reason
