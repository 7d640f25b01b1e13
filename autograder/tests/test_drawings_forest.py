"""Pictures of a forest say what they show, and nothing in them covers or cuts off anything else."""

from __future__ import annotations

import html

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from autograder.drawings_forest import sharing_picture, twins_picture
from autograder.render.palette import PALETTE

FORESTS = {"one seed\nfor all": "aaaa", "forked": "aabb", "a seed\na tree": "abcd"}
PICTURES = [sharing_picture, lambda: twins_picture(FORESTS), lambda: twins_picture({"alone": "ab"})]


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_shows_itself_with_its_description(picture):
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


def test_x_is_drawn_as_often_as_it_is_sent_and_held():
    words = [text.get_text() for text in sharing_picture().texts]
    assert words.count("X") == (2 * 4 + 2) + (2 + 2), "nobody holds a copy of what is mapped"
    assert words.count("X\nin a file") == 1


def test_the_trees_that_are_equal_are_dark_and_counted():
    ax = twins_picture(FORESTS)
    dark = [to_hex(patch.get_facecolor()) == PALETTE["yours"].lower() for patch in ax.patches]
    assert [sum(dark[start : start + 16]) for start in (0, 16, 32)] == [16, 8, 4]
    assert (
        "one seed for all: 1 different of 4; forked: 2 different of 4; a seed a tree: 4 different of 4"
        in ax.figure.description
    )


@pytest.mark.parametrize("forests", [{}, {"empty": []}, {"some": "ab", "empty": []}])
def test_a_forest_without_trees_is_refused(forests):
    with pytest.raises(ValueError, match="at least one forest"):
        twins_picture(forests)
