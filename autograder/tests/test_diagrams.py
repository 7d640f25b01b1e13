"""Drawings show each step where it happens, and their words say the same."""

from __future__ import annotations

import html

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from autograder.diagrams import (
    Message,
    Span,
    forked_lock_picture,
    full_pipe_picture,
    pickle_picture,
    process_picture,
    sequence,
    start_methods_picture,
)

PICTURES = [process_picture, full_pipe_picture, forked_lock_picture, pickle_picture, start_methods_picture]
LANES = ["you", "child"]
STEPS = [Message(0, 1, "start()"), Message(1, 1, "work"), Message(1, 0, "ended")]


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


def texts(ax):
    return {text.get_text(): text for text in ax.texts if text.get_text()}


@pytest.mark.parametrize("picture", PICTURES)
def test_a_drawing_shows_itself_with_its_description(picture):
    data, _ = picture().figure._repr_mimebundle_()
    assert len(data["text/plain"]) > 40
    assert "\n" not in data["text/plain"]
    assert f'alt="{html.escape(data["text/plain"])}"' in data["text/html"]


@pytest.mark.parametrize("picture", PICTURES)
def test_no_text_is_cut_off_or_covers_another(picture):
    ax = picture()
    figure = ax.figure
    figure.canvas.draw()
    page = figure.bbox
    boxes = {name: text.get_window_extent() for name, text in texts(ax).items()}
    for name, box in boxes.items():
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name!r} is cut off at a side"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name!r} is cut off above or below"
    for patch in ax.patches:
        box, room = patch.get_window_extent(), ax.bbox.padded(1)  # a patch is cut off where its axes end
        assert room.containsx(box.x0) and room.containsx(box.x1), f"a box is cut off at a side: {box}"
        assert room.containsy(box.y0) and room.containsy(box.y1), f"a box is cut off above or below: {box}"
    names = list(boxes)
    covered = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if boxes[a].overlaps(boxes[b])]
    assert covered == []


def test_time_runs_down_and_each_step_has_its_row():
    ax = sequence(LANES, STEPS)
    heights = [texts(ax)[step.text].get_position()[1] for step in STEPS]
    assert heights == pytest.approx([0.88, 2, 2.88])
    bottom, top = ax.get_ylim()
    assert bottom > top, "later steps stand lower"


def test_an_arrow_points_from_its_source_to_its_target():
    ax = sequence(LANES, STEPS)
    arrows = [note for note in ax.texts if getattr(note, "arrow_patch", None)]
    ways = [np.sign(arrow.xy[0] - arrow.xyann[0]) for arrow in arrows]
    assert ways == [1, -1], "the start goes right, the end comes back; work in one lane has no arrow"
    assert all(arrow.xy[1] == arrow.xyann[1] for arrow in arrows)


def test_spans_are_bars_on_their_lane_and_waiting_is_hatched():
    ax = sequence(LANES, STEPS, [Span(0, 1, 3, waiting=True), Span(1, 1, 2)])
    waits, works = ax.patches
    assert (waits.get_y(), waits.get_height(), bool(waits.get_hatch())) == (1, 2, True)
    assert (works.get_y(), works.get_height(), bool(works.get_hatch())) == (1, 1, False)
    assert waits.get_x() + waits.get_width() / 2 == pytest.approx(0.25)
    assert works.get_x() + works.get_width() / 2 == pytest.approx(0.75)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["works", "waits"]


def test_the_words_say_what_is_drawn():
    ax = sequence(LANES, STEPS, [Span(0, 1, 3, waiting=True), Span(1, 1, 2)])
    assert ax.figure.description == (
        "Sequence diagram of you and child. 1: you to child: start(). 2: child: work. 3: child to you: "
        "ended. From 1 to 3: you, waiting. From 1 to 2: child, working."
    )


@pytest.mark.parametrize(
    ("messages", "spans", "complaint"),
    [
        ([], [], "at least one message"),
        ([Message(0, 2, "x")], [], "lane 2 is not one of the 2 lanes"),
        ([Message(-1, 0, "x")], [], "lane -1"),
        (STEPS, [Span(2, 1, 2)], "lane 2"),
        (STEPS, [Span(0, 0, 2)], "from step 0 to step 2"),
        (STEPS, [Span(0, 2, 2)], "from step 2 to step 2"),
        (STEPS, [Span(0, 2, 4)], "from step 2 to step 4"),
    ],
)
def test_a_step_or_span_that_cannot_be_drawn_is_refused(messages, spans, complaint):
    with pytest.raises(ValueError, match=complaint):
        sequence(LANES, messages, spans)
