"""The bench of forests trains for real, at a small size; how long anything takes is not asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.bench.forest.data import Size, made
from autograder.bench.forest.plan import plan, scaled, series
from autograder.bench.forest.run import measure
from autograder.bench.forest.summary import draw, summarise
from autograder.bench.forest.ways import WAYS
from autograder.bench.plan import BenchError

COMMAND = str(Path(sys.executable).with_name("autograder"))
SMALL = Size(rows=600, features=80, trees=6)

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_data_are_the_same_for_the_same_seed_and_can_be_learnt(kind):
    size = replace(SMALL, kind=kind)
    (X, y), (again, labels), (other, _) = made(size), made(size), made(size, seed=2)
    assert X.dtype == np.float32 and X.shape == (600, 80)
    assert (again != X).sum() == 0 and (y == labels).all() and (other != X).sum() > 0
    assert 200 < y.sum() < 400


@pytest.mark.parametrize(
    "way", [pytest.param(name, marks=[pytest.mark.slow] if name in ("loky", "dask") else []) for name in WAYS]
)
def test_every_way_gives_the_forest_that_was_asked_for(way):
    line = measure(SMALL, way)
    if way != "ideal":
        assert (line["trees"], line["different"]) == (6, 6) and line["score"] > 0.9
    assert line["wall"] > 0 and line["usage"]["cpu"] > 0 and line["memory"] >= line["base"] > 0


def test_what_is_sent_is_seen():
    size = Size(rows=4000, features=200, trees=8)
    sent = {way: measure(size, way)["written"] for way in ("threads", "processes", "futures")}
    data = measure(size, "serial")["data"]
    assert sent["threads"] < 10_000
    assert data < sent["processes"] < sent["futures"] and sent["futures"] > 3 * data


def test_a_training_that_fails_is_told(capfd):
    with pytest.raises(BenchError, match="the training called 'nobody' ended with exit code 1"):
        measure(SMALL, "nobody")
    assert "KeyError: 'nobody'" in capfd.readouterr().err


def test_scales_and_series_never_come_to_nothing():
    assert scaled(Size(), 0.001) == Size(rows=500, features=50, trees=4)
    sizes = series(Size(), cores=2)
    assert {size.processes for size in sizes} == {1, 2, 3} and len(set(sizes)) == len(sizes)
    assert {size.rows for size in sizes} == {25_000, 50_000, 100_000}


def test_the_order_within_a_round_is_drawn_and_stays():
    asked = plan([Size()], list(WAYS), 4, seed=1)
    orders = {tuple(one.way for one in asked if one.round == number) for number in range(4)}
    assert len(orders) > 1 and all(sorted(order) == sorted(WAYS) for order in orders)
    assert asked == plan([Size()], list(WAYS), 4, seed=1)
    assert asked[:9] == plan([Size()], list(WAYS), 1, seed=1)


def line(way: str, wall: float, cpu: float, number: int = 0) -> dict[str, object]:
    usage = {
        "wall": wall,
        "cpu": cpu,
        "wait": 0.0,
        "processes": 3,
        "idle": 0.0,
        "moments": [[wall, cpu, 0.0]],
    }
    bytes_ = {"memory": 300 * 2**20, "base": 100 * 2**20, "written": 2**20, "loopback": 5 * 2**20}
    return {"way": way, "round": number, "wall": wall, "usage": usage, **bytes_}


def test_ways_are_compared_within_their_round():
    rounds = [
        {"serial": line("serial", 10, 10), "ideal": line("ideal", 5, 10), "dask": line("dask", 8, 12)},
        {"serial": line("serial", 20, 20), "ideal": line("ideal", 10, 20), "dask": line("dask", 16, 24)},
        {"dask": line("dask", 100, 100)},
    ]
    rows = {row["way"]: row for row in summarise(rounds, Size())}
    assert rows["serial"]["of_ideal"] == 0.5 and rows["serial"]["of_n_jobs"] is None
    assert rows["dask"]["ratio"] == 1.25 and rows["dask"]["of_ideal"] == 0.625
    assert rows["dask"]["efficiency"] == pytest.approx(0.625, abs=0.01)
    assert rows["dask"]["sent_mib"] == 6 and rows["serial"]["sent_mib"] == 1
    assert rows["dask"]["grown_mib"] == 200 and rows["dask"]["rounds"] == 3
    figure = draw(list(rows.values()), rounds, Size(), "a machine")
    assert "Dask, LocalCluster 1.25" in figure.description


def test_what_is_on_file_is_not_done_again(tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [COMMAND, "bench", "forest", "--scale", "0.005", "--out", str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert run("--minutes", "0").stderr == "No training is on file yet, so there is nothing to show.\n"
    first = run("--rounds", "1", "--way", "serial", "--way", "slides")
    assert first.returncode == 0 and "2/2" in first.stderr and "| the slides', mended |" in first.stdout
    kept = (tmp_path / "trainings.jsonl").read_text()
    again = run("--rounds", "1", "--way", "serial", "--way", "slides")
    assert again.returncode == 0 and again.stderr == ""
    assert (tmp_path / "trainings.jsonl").read_text() == kept
    assert json.loads((tmp_path / "results.json").read_text())["sizes"][0]["size"]["rows"] == 500
    (tmp_path / "trainings.jsonl").write_text(kept.replace("Python 3", "Python 2"))
    other = run("--rounds", "1")
    assert other.returncode == 3 and "was written on another machine" in other.stderr
    assert "there is no way 'magic'" in run("--way", "magic").stderr
