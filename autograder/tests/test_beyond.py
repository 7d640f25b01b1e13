"""The solution of unit 07 on a cluster that was started by `dask scheduler` and `dask worker`."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import psutil
import pytest
from distributed import Client
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from autograder.course import Course, find_root
from autograder.submission import read_notebook, sources_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("leaves_nothing")]

COURSE = Course(find_root())
NAME = "train_on_cluster"
ARGS = {"n_estimators": 80, "random_state": 3}


@pytest.fixture
def solution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module as the solution's notebook writes it, in a folder that no worker knows."""
    unit = COURSE.unit("07-beyond")
    (path,) = (COURSE.source / unit.name).glob("*.ipynb")
    folder = tmp_path / "notebook"
    folder.mkdir()
    (folder / f"{NAME}.py").write_text(sources_of(read_notebook(path), unit.exercises)[NAME])
    monkeypatch.syspath_prepend(str(folder))
    yield importlib.import_module(NAME)
    del sys.modules[NAME]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Of a cluster that was started from the command line: one scheduler, and two workers of one thread."""
    told, dask = tmp_path / "scheduler.json", [sys.executable, "-m", "dask"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    at = ["--host", "127.0.0.1", "--scheduler-file", str(told)]
    commands = [
        [*dask, "scheduler", *at, "--port", "0", "--dashboard-address", "127.0.0.1:0"],
        [*dask, "worker", *at, "--nworkers", "2", "--nthreads", "1", "--local-directory", str(elsewhere)],
    ]
    log = (tmp_path / "log").open("wb")
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, cwd=elsewhere, stdout=log, stderr=log))
            wait_for(told.exists)
        with Client(scheduler_file=str(told), timeout=30) as connected:
            connected.wait_for_workers(2, timeout=60)
            yield connected
    finally:
        for process in reversed(processes):
            tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            process.terminate()
            psutil.wait_procs(tree, timeout=10)
            for one in tree:
                if one.is_running():
                    one.kill()
            process.wait(10)
        log.close()


def wait_for(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_the_same_forest_and_a_killed_worker_loses_nothing(client: Client, solution: ModuleType) -> None:
    x, y = make_classification(4000, 60, n_informative=20, random_state=0)
    client.upload_file(solution.__file__)
    calm = solution.train_on_cluster(RandomForestClassifier, ARGS, x, y, client)
    assert len(calm.estimators_) == ARGS["n_estimators"] and calm.get_params()["n_estimators"] == 80

    again: list[RandomForestClassifier] = []
    thread = threading.Thread(
        target=lambda: again.append(solution.train_on_cluster(RandomForestClassifier, ARGS, x, y, client))
    )
    workers = client.run(os.getpid)
    victim = psutil.Process(min(workers.values()))
    thread.start()
    wait_for(lambda: any("grow" in str(key) and where for key, where in client.who_has().items()))
    victim.kill()
    assert thread.is_alive(), "it had ended before the worker was killed"
    thread.join(60)
    assert again, "it did not return"
    assert numpy.array_equal(calm.predict_proba(x), again[0].predict_proba(x))
    # The nanny has started another worker in its place, and that one can grow trees as well.
    client.wait_for_workers(2, timeout=60)
    assert victim.pid not in client.run(os.getpid).values()
    wait_for(lambda: not client.who_has())
