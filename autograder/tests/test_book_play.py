"""The simulators: their numbers are those of the course's Python; mouse and keyboard reach all of it."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import re
import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import pytest

from autograder.book import BOOK
from autograder.course import find_root
from autograder.lock_drawings import Claim, ring_of

ROOT = find_root(Path(__file__).parent)
PLAY = ROOT / BOOK / "_static/play"
METHODS = multiprocessing.get_all_start_methods()


@pytest.fixture(scope="module")
def model(browser):
    """Evaluate JavaScript beside the simulators' model: ``model("play.amdahl(...argument)", [0.5, 2])``."""
    page = browser.new_page()
    page.add_script_tag(path=str(PLAY / "model.js"))

    def evaluate(script: str, argument: Any = None) -> Any:
        return page.evaluate(f"argument => {script}", argument)

    yield evaluate
    page.close()


@pytest.fixture(scope="module")
def solutions() -> dict[str, Any]:
    """The solutions of unit 00, by name."""
    text = (ROOT / "solutions/.text/00-why/why.md").read_text("utf-8")
    scope: dict[str, Any] = {}
    for source in re.findall(r"%%writefile \w+\.py\n(.*?)```", text, re.DOTALL):
        exec(source, scope)
    return scope


# ---------------------------------------------------------------- numbers


def test_a_schedule_ends_when_the_makespan_of_unit_00_says(model, solutions):
    rng = random.Random(0)
    cases = []
    for _ in range(200):
        tasks = [rng.choice([0, 1, 3, 0.25, 12]) for _ in range(rng.randrange(25))]
        cases.append((tasks, rng.randrange(1, 7), rng.randrange(1, 9)))
    plans = model("argument.map(([tasks, workers, size]) => play.schedule(tasks, workers, size))", cases)
    for (tasks, workers, size), plan in zip(cases, plans, strict=True):
        assert plan["makespan"] == pytest.approx(solutions["makespan"](tasks, workers, size))
        assert plan["bound"] <= plan["makespan"] + 1e-9
        assert sorted(bar["task"] for bar in plan["bars"]) == list(range(len(tasks)))
        for one, next in itertools.pairwise(
            sorted(plan["bars"], key=lambda bar: (bar["worker"], bar["from"]))
        ):
            assert one["worker"] != next["worker"] or one["to"] <= next["from"] + 1e-9
        if plan["makespan"]:
            assert plan["efficiency"] == pytest.approx(sum(tasks) / plan["makespan"] / workers)


def test_a_price_is_paid_once_a_chunk(model, solutions):
    for size in range(1, 8):
        plan = model("play.schedule(argument[0], 2, argument[1], 0.5)", [[3, 1, 4, 1, 5, 9, 2], size])
        chunks = [sum([3, 1, 4, 1, 5, 9, 2][start : start + size]) + 0.5 for start in range(0, 7, size)]
        assert plan["makespan"] == pytest.approx(solutions["makespan"](chunks, 2))


def test_the_laws_are_those_of_unit_00(model, solutions):
    rng = random.Random(1)
    for _ in range(100):
        serial, workers, speedup = rng.random(), rng.randrange(2, 65), rng.uniform(0.1, 80)
        amdahl, e, gustafson = model(
            "[play.amdahl(argument[0], argument[1]), play.karpFlatt(argument[2], argument[1]),"
            " play.gustafson(argument[0], argument[1])]",
            [serial, workers, speedup],
        )
        assert amdahl == pytest.approx(solutions["amdahl"](serial, workers))
        assert e == pytest.approx(solutions["karp_flatt"](speedup, workers))
        # In one unit of time the parallel run does its serial part, and the rest on every worker.
        assert gustafson == pytest.approx(serial + sum(1 - serial for _ in range(workers)))


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([(2, 1.9)], "one point"),
        ([(2, 1.9), (4, 3.0), (8, 4.2)], "overhead"),
        ([(2, 1 / (0.2 + 0.8 / 2)), (4, 1 / (0.2 + 0.8 / 4))], "serial part"),
        ([(2, 1.2), (8, 6.0)], "falls"),
    ],
)
def test_what_points_say_together(model, points, says):
    given = [{"workers": workers, "speedup": speedup} for workers, speedup in points]
    assert model("play.reading(argument).says", given) == says
    assert model("play.reading(argument).says", given[::-1]) == says


def test_the_chunksize_is_the_one_that_a_pool_takes(model):
    for workers in (1, 2, 3, 5):
        with ThreadPool(workers) as pool:
            for tasks in (1, 2, 7, 8, 9, 31, 40, 41):
                taken = pool.map_async(abs, range(tasks))._chunksize
                assert model("play.poolChunksize(...argument)", [tasks, workers]) == taken


@pytest.mark.parametrize("tickets", [1, 2, 3])
def test_lost_tickets_are_counted_in_every_order(model, tickets):
    found = {"all": 0, "losing": 0, "worst": 0}
    steps = 2 * tickets
    for places in itertools.combinations(range(2 * steps), steps):
        counter, seen, done = 0, {}, {"A": 0, "B": 0}
        for place in range(2 * steps):
            who = "A" if place in places else "B"
            if done[who] % 2 == 0:
                seen[who] = counter
            else:
                counter = seen[who] + 1
            done[who] += 1
        lost = 2 * tickets - counter
        found = {
            "all": found["all"] + 1,
            "losing": found["losing"] + (lost > 0),
            "worst": max(found["worst"], lost),
        }
    assert model("play.orders(argument, false)", tickets) == found
    assert model("play.orders(argument, true)", tickets)["losing"] == 0


def test_a_ring_is_a_ring_of_the_lectures_claims(model):
    orders = [["scanner", "printer"], ["printer", "scanner"]]
    for copier, fax in itertools.product(orders, orders):
        plans = {"copier": copier, "fax": fax}
        both_hold_one = "({plans: argument, step: {copier: 1, fax: 1}})"
        if copier == fax:  # one of the two could not have taken its first lock
            assert model("play.endings(argument)", plans)["deadlocked"] == 0
            continue
        ring = model(f"play.ring({both_hold_one})", plans)
        claims = [Claim("copier", *copier), Claim("fax", *fax)]
        assert set(ring) == {claim.who for claim in ring_of(claims)} == {"copier", "fax"}
        # Whoever moves first, half of all second moves are the other one's: four orders, two of them rings.
        assert model("play.endings(argument)", plans) == {"all": 4, "deadlocked": 2}


SCRIPT = """
import math
from multiprocessing import get_context
factor = 1

def work(argument):
    print("factor", factor)

GUARD
    factor = 10
    lock = get_context("METHOD").Lock()
    p = get_context("METHOD").Process(target=work, args=(ARGUMENT,))
    p.start()
    p.join()
"""
ARGUMENTS = {
    "number": "7",
    "function": "math.sqrt",
    "lambda": "lambda x: x",
    "file": "open(__file__)",
    "lock": "lock",
}


def scripts():
    """Every script that the simulator shows; two arguments behind the guard are enough for `make test`."""
    for method, argument, guarded in itertools.product(METHODS, ARGUMENTS, (True, False)):
        quick = guarded and argument in ("number", "file")
        marks = [] if quick else [pytest.mark.slow]
        name = f"{method}-{argument}-{'guarded' if guarded else 'bare'}"
        yield pytest.param(method, argument, guarded, id=name, marks=marks)


@pytest.mark.parametrize(("method", "argument", "guarded"), list(scripts()))
def test_a_child_gets_what_the_simulator_says(model, tmp_path, method, argument, guarded):
    script = SCRIPT.replace("ARGUMENT", ARGUMENTS[argument]).replace("METHOD", method)
    script = script.replace("GUARD", 'if __name__ == "__main__":' if guarded else "if True:")
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    said = model("play.start(...argument)", [method, argument, guarded])
    if said["fails"] == "pickle":
        assert done.returncode == 1 and "factor" not in done.stdout
        assert re.search("TypeError: cannot pickle|AttributeError: Can't|PicklingError", done.stderr)
    elif said["fails"] == "guard":
        assert "factor" not in done.stdout
        assert "before the\n        current process has finished its bootstrapping phase" in done.stderr
    else:
        assert done.stdout.split() == ["factor", str(said["factor"])]


# ---------------------------------------------------------------- mouse and keyboard


@pytest.fixture
def opened(browser, book_html):
    """Open a simulator's page: ``opened("pool")``; an error of a script fails the test."""
    errors: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))

    def open_page(name: str) -> Any:
        page.goto((book_html / f"play/{name}.html").as_uri())
        return page

    yield open_page
    page.close()
    assert errors == []


def says(page: Any) -> str:
    """What the simulator says in words."""
    return " ".join(page.locator(".play-says").all_inner_texts())


def test_a_pool_answers_to_keyboard_and_mouse(opened, solutions):
    page = opened("pool")
    assert "done after 18 s" in says(page) and "before 12 s" in says(page)
    page.get_by_role("combobox", name="order").select_option("longest")
    assert "done after 12 s" in says(page)
    page.get_by_role("spinbutton", name="workers").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert "on 3 workers" in says(page) and "efficiency 0.667" in says(page)
    page.get_by_label("their times").fill("5 1 1 1 1 1 8")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="order").select_option("given")
    page.get_by_role("button", name="chunksize as Pool.map chooses").click()
    expected = solutions["makespan"]([5, 1, 1, 1, 1, 1, 8], 3, 1)
    assert f"done after {expected} s" in says(page)
    assert page.locator(".play svg rect.task").count() == 7
    page.get_by_label("their times").fill("1 two 3")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text().startswith("two is not a time")
    assert page.locator(".play svg rect.task").count() == 7


def test_a_ticket_is_lost_by_keyboard_and_kept_by_the_lock(opened):
    page = opened("counter")
    page.get_by_role("button", name="A: read").focus()
    for key in "abab":
        page.keyboard.press(key)
    assert "1 lost" in says(page) and page.locator(".play output").inner_text() == "6"
    assert page.locator(".play tbody tr").count() == 4
    page.get_by_label("with a lock").check()
    page.get_by_role("button", name="A: take the lock").click()
    waiting = page.get_by_role("button", name="B: waits for the lock")
    assert waiting.get_attribute("aria-disabled") == "true"
    waiting.click(force=True)
    assert page.locator(".play tbody tr").count() == 1
    page.get_by_role("button", name="shuffle the rest").click()
    assert page.locator(".play output").inner_text() == "7" and "lost" not in says(page)


def test_points_are_placed_by_mouse_and_moved_by_keyboard(opened, solutions):
    page = opened("speedup")
    assert "Amdahl allows a speedup of 2.91" in says(page) and "Gustafson says 6.25" in says(page)
    assert "it grows" in says(page)
    page.get_by_label("serial fraction").focus()
    page.keyboard.press("Home")
    assert "limit for any number of workers: none" in says(page)
    page.locator("circle.measured").nth(0).focus()
    page.keyboard.press("ArrowUp")
    first = page.locator("circle.measured").nth(0)
    assert first.get_attribute("aria-valuenow") == "1.95"
    assert first.evaluate("node => node === document.activeElement"), "the focus was lost"
    assert f"e = {solutions['karp_flatt'](1.95, 2):.3g}" in says(page)
    box = page.locator(".play svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5)
    assert page.locator("circle.measured").count() == 4
    page.get_by_role("button", name="remove point 4").click()
    assert page.locator("circle.measured").count() == 3


def test_a_deadlock_is_made_by_mouse_and_shown_as_a_ring(opened):
    page = opened("locks")
    page.get_by_role("button", name="copier: take the scanner").click()
    page.get_by_role("button", name="fax: take the printer").click()
    assert "Deadlock" in says(page) and page.locator(".play svg .arrow.ring").count() == 4
    page.get_by_role("combobox", name="the fax takes").select_option("scanner printer")
    page.get_by_role("button", name="copier: take the scanner").focus()
    for key in "cfccfff":
        page.keyboard.press(key)
    assert "Both are done" in says(page) and page.locator(".play svg .arrow").count() == 0


def test_start_methods_are_compared(opened):
    page = opened("start")
    assert "factor is 10" in says(page)
    page.get_by_role("combobox", name="start method").select_option("spawn")
    assert "factor is 1." in says(page)
    page.get_by_role("combobox", name="the child is handed").select_option("file")
    assert "An error in the parent" in says(page) and "open(" in page.locator(".play pre").inner_text()
    page.get_by_role("combobox", name="the child is handed").select_option("number")
    page.get_by_label("behind the guard").uncheck()
    assert "RuntimeError in the child" in says(page)
