"""The drawing of the GIL obeys the rule that it is there to explain, and its words say what it shows."""

from __future__ import annotations

import html
from itertools import pairwise

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from autograder.drawings_gil import AWAY, HOLDS, LOOKS, SCENES, WANTS, WITHOUT, gil_picture


@pytest.fixture
def ax():
    yield gil_picture()
    plt.close("all")


def at(thread, moment):
    """What a thread does at a moment; None before it begins and after it ends."""
    return next((s.state for s in thread if s.start <= moment < s.end), None)


def moments(scene):
    last = max(stretch.end for thread in scene.threads for stretch in thread)
    return [step / 2 + 0.25 for step in range(int(2 * last))]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_at_no_moment_do_two_threads_hold_the_gil(scene):
    holders = [[at(thread, moment) for thread in scene.threads].count(HOLDS) for moment in moments(scene)]
    assert max(holders) == 1


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_a_thread_waits_for_the_gil_only_while_the_other_holds_it(scene):
    for moment in moments(scene):
        states = [at(thread, moment) for thread in scene.threads]
        assert WANTS not in states or HOLDS in states, f"at {moment}"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_a_thread_is_always_in_one_state(scene):
    for thread in scene.threads:
        assert thread[0].start == 0
        assert all(before.end == after.start for before, after in pairwise(thread))
        assert thread[-1].state in (HOLDS, WANTS), "to go on in Python a thread needs the GIL"


def test_only_without_the_gil_are_two_threads_at_work_at_once():
    together = {
        scene.title.split(":")[0]: {at(scene.threads[0], moment) for moment in moments(scene)}
        & {at(scene.threads[1], moment) for moment in moments(scene)}
        & {WITHOUT, AWAY}
        for scene in SCENES
    }
    assert together == {
        "Python code": set(),
        "Waiting for a server": {AWAY},
        "SHA-256 of a large buffer": {WITHOUT},
    }


def test_each_stretch_is_drawn_where_it_is_in_the_look_of_its_state(ax):
    drawn = [(p.get_x(), p.get_x() + p.get_width(), to_hex(p.get_facecolor())) for p in ax.patches]
    wanted = [
        (stretch.start, stretch.end, to_hex(LOOKS[stretch.state]["facecolor"]))
        for scene in SCENES
        for thread in scene.threads
        for stretch in thread
    ]
    assert drawn == wanted
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(LOOKS)


def test_it_shows_itself_with_its_description(ax):
    data, _ = ax.figure._repr_mimebundle_()
    assert f'alt="{html.escape(data["text/plain"])}"' in data["text/html"]
    assert "\n" not in data["text/plain"]
    assert (
        "Waiting for a server: they wait together. Thread 1: holds the GIL, waits for the server, holds the "
        "GIL. Thread 2: waits for the GIL, holds the GIL, waits for the server, holds the GIL."
    ) in data["text/plain"]


def test_no_text_is_cut_off_or_covers_another(ax):
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    texts = [*(t for t in ax.texts if t.get_text()), *ax.get_legend().get_texts()]
    boxes = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{text.get_text()!r} is cut off at a side"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{text.get_text()!r} is cut off above or below"
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
