"""Drawings about locks show each step where it happens, and a deadlock only where there is one."""

from __future__ import annotations

import html

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest

from autograder.lock_drawings import Claim, deadlock_picture, lock_picture, race_picture, ring_of

TWO = [("copier", "scanner", "printer"), ("fax", "printer", "scanner")]
THREE = [("ann", "a", "b"), ("bob", "b", "c"), ("eve", "c", "a")]
PICTURES = {
    "race": race_picture,
    "lock": lock_picture,
    "two": lambda: deadlock_picture(TWO, "two in a ring"),
    "three": lambda: deadlock_picture(THREE),
    "four": lambda: deadlock_picture(
        [(f"process {n}", f"lock {n}", f"lock {(n + 1) % 4}") for n in range(4)]
    ),
}


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


def drawn(picture):
    """The axes of a picture whose places on the page are settled, and its words."""
    ax = picture()
    ax.figure.canvas.draw()
    return ax, [text for text in ax.texts if text.get_text()]


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_drawing_shows_itself_with_its_description(picture):
    data, _ = picture().figure._repr_mimebundle_()
    assert len(data["text/plain"]) > 40
    assert f'alt="{html.escape(data["text/plain"])}"' in data["text/html"]


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_no_text_or_box_is_cut_off_or_covers_another(picture):
    ax, texts = drawn(picture)
    page = ax.figure.bbox
    boxes = []
    for text in texts:
        frame = text.get_bbox_patch()
        boxes.append((text.get_text(), (frame or text).get_window_extent()))
    for name, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name!r} is cut off at a side"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name!r} is cut off above or below"
    covered = [
        (one, other)
        for number, (one, box) in enumerate(boxes)
        for other, another in boxes[number + 1 :]
        if box.overlaps(another)
    ]
    assert covered == []


def test_the_race_loses_one_update_and_the_lock_does_not():
    race, lock = race_picture().figure.description, lock_picture().figure.description
    assert race.index("counter to process B: read: 5") < race.index("process A to counter: write: 6")
    assert race.endswith("counter: 6 again, not 7.")
    assert lock.index("process A to lock: release") < lock.index("process B: read 6, write 7")
    assert "process B, waiting" in lock


@pytest.mark.parametrize(
    ("claims", "ring"),
    [
        (TWO, ["copier", "fax"]),
        (THREE, ["ann", "bob", "eve"]),
        ([("late", "x", "a"), *THREE], ["ann", "bob", "eve"]),  # waits for the ring and is no part of it
        ([("alone", "a", "a")], ["alone"]),  # a lock taken twice by the same process
        (TWO[:1], []),
        ([("ann", "a", "b"), ("bob", "b", "c")], []),
        ([], []),
    ],
)
def test_a_ring_is_found_if_there_is_one(claims, ring):
    assert [claim.who for claim in ring_of(claims)] == ring


def test_two_who_say_that_they_hold_the_same_lock_are_refused():
    with pytest.raises(ValueError, match="fax and copier cannot both hold 'printer'"):
        ring_of([("copier", "printer", "x"), ("fax", "printer", "y")])


@pytest.mark.parametrize("claims", [TWO, THREE], ids=["two", "three"])
def test_each_arrow_leads_from_who_waits_to_the_lock_and_on_to_its_holder(claims):
    ax, texts = drawn(lambda: deadlock_picture(claims))
    places = {text.get_position(): text.get_text() for text in texts if text.get_bbox_patch()}
    arrows = [note for note in ax.texts if getattr(note, "arrow_patch", None)]
    ways = {(places[arrow.xyann], places[arrow.xy]) for arrow in arrows}
    told = [Claim(*claim) for claim in claims]
    assert ways == {(claim.who, claim.wants) for claim in told} | {(claim.holds, claim.who) for claim in told}


def test_the_words_name_the_ring():
    assert deadlock_picture(TWO).figure.description == (
        "Ring of 2 processes and 2 locks. copier waits for printer, which fax holds; fax waits for scanner, "
        "which copier holds."
    )


def test_what_is_no_deadlock_is_not_drawn():
    with pytest.raises(ValueError, match="no deadlock"):
        deadlock_picture(TWO[:1])
