"""Drawings of shared data say what they show, and nothing in them covers or cuts off anything else."""

from __future__ import annotations

import html

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest

from autograder.drawings_shared import (
    block_picture,
    cache_line_picture,
    lost_update_picture,
    nested_picture,
    proxy_call_picture,
)

PICTURES = [proxy_call_picture, nested_picture, lost_update_picture, block_picture, cache_line_picture]


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


@pytest.mark.parametrize("picture", PICTURES)
def test_a_drawing_shows_itself_with_its_description(picture):
    data, _ = picture().figure._repr_mimebundle_()
    assert len(data["text/plain"]) > 40
    assert "\n" not in data["text/plain"]
    assert f'alt="{html.escape(data["text/plain"])}"' in data["text/html"]


@pytest.mark.parametrize("picture", PICTURES)
def test_no_text_is_cut_off_or_covers_another(picture):
    ax = picture()
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in ax.texts if text.get_text()]
    for name, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name!r} is cut off at a side"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name!r} is cut off above or below"
    for patch in ax.patches:
        box, room = patch.get_window_extent(), ax.bbox.padded(1)
        assert room.containsx(box.x0) and room.containsx(box.x1), f"a box is cut off at a side: {box}"
        assert room.containsy(box.y0) and room.containsy(box.y1), f"a box is cut off above or below: {box}"
    covered = [
        (a, b) for i, (a, one) in enumerate(boxes) for b, other in boxes[i + 1 :] if one.overlaps(other)
    ]
    assert covered == []


def test_the_block_is_drawn_once_and_two_processes_look_at_it():
    ax = block_picture()
    assert len(ax.patches) == 3, "two processes and one block"
    words = [text.get_text() for text in ax.texts]
    assert words.count("matrix") == 2
    block = ax.patches[-1]
    arrows = [note for note in ax.texts if getattr(note, "arrow_patch", None)]
    below = block.get_y() + block.get_height()
    looking = [note for note in arrows if note.xy[1] < note.xyann[1]]
    assert len(arrows) == 3
    assert len(looking) == 2
    for note in looking:
        assert block.get_x() <= note.xy[0] <= block.get_x() + block.get_width()
        assert note.xy[1] == pytest.approx(below, abs=0.2)


def test_neighbours_share_a_line_and_distant_counters_do_not():
    ax = cache_line_picture()
    lines = [patch for patch in ax.patches if patch.get_width() > 1]
    places = {}
    for text in ax.texts:
        if text.get_text() in ("A", "B"):
            x, y = text.get_position()
            (line,) = [
                number
                for number, patch in enumerate(lines)
                if patch.get_x() < x < patch.get_x() + patch.get_width()
                and patch.get_y() < y < patch.get_y() + patch.get_height()
            ]
            places.setdefault(y, {})[text.get_text()] = line
    near, apart = (places[y] for y in sorted(places, reverse=True))
    assert near["A"] == near["B"]
    assert abs(apart["A"] - apart["B"]) >= 2, "128 bytes apart: some processors fetch lines in pairs"
